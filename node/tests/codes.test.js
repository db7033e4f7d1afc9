'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { AT, CODE, keepWithKey } = require('./support.js')

/** The code in the digits of another script, whose zero is `zero`. */
const inDigits = (zero) => [...CODE].map((digit) => String.fromCodePoint(zero + Number(digit))).join('')

const ACCEPTED = {
  'as it is': '005924',
  grouped: '005 924',
  'grouped by dashes': '005-924',
  padded: '  005924\t\r\n',
  'spaced out': '0 0 5 9 2 4'
}

const MALFORMED = {
  empty: '',
  'white space': ' \t ',
  'one digit short': '05924',
  'one digit long': '0005924',
  'with a sign': '+005924',
  'with a minus': '-005924',
  'with a point': '005924.0',
  'in exponents': '5924e0',
  hexadecimal: '0x1724',
  letters: 'OO5924',
  'full-width digits': inDigits(0xff10),
  'Arabic-Indic digits': inDigits(0x0660),
  'Devanagari digits': inDigits(0x0966),
  'mathematical digits': inDigits(0x1d7ce),
  'superscript digits': '⁰⁰⁵⁹²⁴',
  'circled digits': '⓪⓪⑤⑨②④',
  'a no-break space': '005\u00a0924',
  'a zero-width space': '005\u200b924',
  'a right-to-left mark': '\u200f005924',
  'a byte order mark': '\ufeff005924',
  'a combining mark': '005924\u0301',
  'a lone high surrogate': '\ud800005924',
  'a lone low surrogate': '005924\udfff',
  'only a lone surrogate': '\ud835',
  'surrogates whose low bytes are digits': [...CODE]
    .map((digit) => String.fromCharCode(0xd800 + digit.charCodeAt(0)))
    .join(''),
  'characters whose low bytes are digits': [...CODE]
    .map((digit) => String.fromCharCode(0x100 + digit.charCodeAt(0)))
    .join(''),
  'NUL inside': '005\u0000924',
  'NUL at the end': '005924\u0000',
  'NUL at the beginning': '\u0000005924',
  'a megabyte of digits': '0'.repeat(1_000_000),
  'a megabyte of spaces, then the code': `${' '.repeat(1_000_000)}${CODE}`,
  'the code, then a megabyte of spaces': `${CODE}${' '.repeat(1_000_000)}`,
  'a megabyte of lone surrogates': '\udc00'.repeat(1_000_000),
  'the code twice': CODE + CODE
}

for (const [name, code] of Object.entries(MALFORMED)) {
  test(`malformed: ${name}`, async (t) => {
    const keep = keepWithKey(t)
    const verdicts = [
      keep.validateCodeSync('rfc', code, { at: AT }),
      await keep.validateCode('rfc', code, { at: AT }),
      ...keep.validateCodesSync([['rfc', code]], { at: AT }),
      ...(await keep.validateCodes([['rfc', code]], { at: AT }))
    ]
    for (const { valid, outcome } of verdicts) assert.deepEqual([valid, outcome], [false, 'malformed'])
    assert.equal(keep.readAttemptsSync('rfc').failures, 0)
  })
}

for (const [name, code] of Object.entries(ACCEPTED)) {
  test(`accepted: ${name}`, async (t) => {
    for (const validate of ['validateCode', 'validateCodeSync']) {
      const verdict = await keepWithKey(t)[validate]('rfc', code, { at: AT })
      assert.deepEqual([verdict.valid, verdict.outcome], [true, 'accepted'])
    }
  })
}

test('a verdict cannot be made to say something else', (t) => {
  const verdict = keepWithKey(t).validateCodeSync('rfc', '000000', { at: AT })
  assert.throws(() => {
    verdict.valid = true
  }, TypeError)
  assert.equal(verdict.valid, false)
})
