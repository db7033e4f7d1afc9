/* Finds which of many pieces of 8 bytes occur in a content, at any byte: one pass, where Python would make thousands. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_BITS 20

static uint8_t filter[1 << (FILTER_BITS - 3)];

static uint32_t place_of(uint64_t piece)
{
    return (uint32_t)(piece * UINT64_C(0x9E3779B97F4A7C15) >> (64 - FILTER_BITS));
}

/* `pieces` are sorted as numbers of this machine; found[i] becomes 1 where pieces[i] occurs. */
void find(const uint8_t *content, size_t length, const uint64_t *pieces, size_t count, uint8_t *found)
{
    size_t i;
    memset(filter, 0, sizeof filter);
    for (i = 0; i < count; i++) {
        filter[place_of(pieces[i]) >> 3] |= (uint8_t)(1 << (place_of(pieces[i]) & 7));
    }
    for (i = 0; i + 8 <= length; i++) {
        size_t low = 0, high = count;
        uint64_t piece;
        uint32_t place;
        memcpy(&piece, content + i, 8);
        place = place_of(piece);
        if (!(filter[place >> 3] >> (place & 7) & 1)) {
            continue;
        }
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (pieces[middle] < piece) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if (low < count && pieces[low] == piece) {
            found[low] = 1;
        }
    }
}
