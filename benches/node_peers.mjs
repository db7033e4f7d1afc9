// What otpkeep costs in Node.js, beside the libraries that compute codes from a secret in hand and store nothing.
// Prints medians of one run. Needs `make build-node` and `npm ci` in this folder. usage: node benches/node_peers.mjs

import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Secret, TOTP } from 'otpauth'
import { generate, verify } from 'otplib'

import { Keep } from '../node/index.mjs'

const KEYS = 1000
const IN_FLIGHT = 64
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const START = 1_800_000_000

/** Beside the sources: a temporary folder may lie in memory, where fsync is free. */
const folder = mkdtempSync(join(dirname(fileURLToPath(import.meta.url)), 'node-peers-'))

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** Median microseconds of one call of `work`, from rounds of so many calls. `work(i)` gets a new number each time. */
async function measure(rounds, calls, work) {
  const times = []
  let i = 0
  for (let round = 0; round < rounds + 1; round += 1) {
    const began = process.hrtime.bigint()
    for (let call = 0; call < calls; call += 1) {
      const result = work((i += 1))
      if (result instanceof Promise) await result
    }
    times.push(Number(process.hrtime.bigint() - began) / 1000 / calls)
  }
  // The first round warms up.
  return median(times.slice(1))
}

function fsyncTime() {
  const file = openSync(join(folder, 'fsync'), 'w')
  const page = Buffer.alloc(4096, 1)
  const times = []
  for (let i = 0; i < 200; i += 1) {
    writeSync(file, page)
    const began = process.hrtime.bigint()
    fsyncSync(file)
    times.push(Number(process.hrtime.bigint() - began) / 1000)
  }
  closeSync(file)
  return median(times)
}

function accepted(verdict) {
  if (!verdict.valid) throw new Error(`a code was ${verdict.outcome}`)
}

/** Microseconds for each of a round of validations, one for every key, of which so many are under way at a time. */
async function inFlight(keep, names, at) {
  const { value } = keep.readCodeSync(names[0], { at })
  const left = [...names]
  const lane = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop())
      accepted(await keep.validateCode(name, value, { at }))
  }
  const began = process.hrtime.bigint()
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return Number(process.hrtime.bigint() - began) / 1000 / names.length
}

async function run(keep) {
  const names = Array.from({ length: KEYS }, (_, index) => `key-${index}`)
  for (const name of names) keep.writeKeySync(name, { secret: SECRET })
  const totp = new TOTP({ secret: Secret.fromBase32(SECRET) })
  const name = (i) => names[i % KEYS]
  const token = totp.generate()

  const rows = [
    ['a code, readCodeSync of 1 000 keys', await measure(30, 2000, (i) => keep.readCodeSync(name(i)).value)],
    ['a code, readCode of 1 000 keys', await measure(30, 500, (i) => keep.readCode(name(i)))],
    ['a code, otpauth, secret in hand', await measure(30, 2000, () => totp.generate())],
    ['a code, otplib, secret in hand', await measure(30, 2000, () => generate({ secret: SECRET }))],
    ['an fsync of 4 KiB', fsyncTime()]
  ]

  // Each validation is of a code that was not used: those of one key lie a period apart.
  const codes = Array.from({ length: 1100 }, (_, i) => keep.readCodeSync(names[0], { at: START + 30 * i }).value)
  const validate = (i) => accepted(keep.validateCodeSync(names[0], codes[i], { at: START + 30 * i }))
  rows.push(['a validation, validateCodeSync, durable', await measure(10, 90, validate)])
  const rounds = []
  for (let round = 0; round < 11; round += 1) rounds.push(await inFlight(keep, names, START + 3_000_000 + 90 * round))
  rows.push([`a validation, validateCode, ${IN_FLIGHT} in flight, durable`, median(rounds.slice(1))])
  rows.push([
    'a validation, otpauth, stores nothing',
    await measure(30, 1000, () => totp.validate({ token, window: 1 }))
  ])
  const check = () => verify({ secret: SECRET, token, epochTolerance: 30 })
  rows.push(['a validation, otplib, stores nothing', await measure(30, 300, check)])

  for (const [what, time] of rows) console.log(`${what.padEnd(56)} ${time.toFixed(2).padStart(10)} µs`)
}

try {
  const keep = Keep.openSync(join(folder, 'auth.keep'), {
    rootKey: Buffer.alloc(32, 7),
    create: true,
    manualClock: true
  })
  await run(keep)
  await keep.close()
} finally {
  rmSync(folder, { recursive: true })
}
