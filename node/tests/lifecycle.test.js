'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { test } = require('node:test')

const { Keep } = require('otpkeep')
const { AT, CODE, ROOT_KEY, folder, keepWithKey, newKeep } = require('./support.js')

/** Runs a program that finds the package as `otpkeep` and a new folder as `folder`. */
function run(t, program, ...flags) {
  const text = `const { Keep } = require('otpkeep'); const folder = ${JSON.stringify(folder(t))}; ${program}`
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', text], {
    cwd: __dirname,
    encoding: 'utf8',
    timeout: 60_000
  })
  return { status, signal, stdout, stderr }
}

const OPEN = `Keep.openSync(folder + '/auth.keep', { rootKey: Buffer.alloc(32, 7), create: true })`

test('a closed keep says so', async (t) => {
  for (const close of ['close', 'closeSync']) {
    const keep = keepWithKey(t)
    assert.equal(keep.closed, false)
    assert.equal(await keep[close](), undefined)
    assert.equal(keep.closed, true)
    await keep.close()
    keep.closeSync()
    const calls = ['status', 'listKeys', 'rotate'].map((name) => [name])
    calls.push(['readCode', 'rfc'], ['validateCode', 'rfc', CODE], ['validateCodes', []], ['withMount', 'totp'])
    for (const [name, ...given] of calls) {
      await assert.rejects(keep[name](...given), { kind: 'closed', code: 'ERR_OTPKEEP_CLOSED' })
      assert.throws(() => keep[`${name}Sync`](...given), { kind: 'closed' })
    }
  }
})

test('closing lets what is under way finish', async (t) => {
  for (const close of ['close', 'closeSync', Symbol.asyncDispose, Symbol.dispose]) {
    const keep = keepWithKey(t)
    const underWay = [
      keep.validateCode('rfc', CODE, { at: AT }),
      keep.readCode('rfc', { at: AT }),
      keep.status(),
      keep.validateCode('rfc', CODE, { at: AT + 1 }),
      keep.withMount('totp')
    ]
    const closing = keep[close]()
    assert.equal(keep.closed, true)
    await assert.rejects(keep.readCode('rfc'), { kind: 'closed' })
    await assert.rejects(keep.validateCode('rfc', CODE), { kind: 'closed' })
    const [accepted, code, status, replayed, sibling] = await Promise.all(underWay)
    assert.equal(accepted.valid, true)
    assert.equal(code.value, CODE)
    assert.equal(status.keys, 1)
    assert.equal(replayed.outcome, 'replayed')
    assert.deepEqual(await sibling.listKeys(), ['rfc'], 'a sibling outlives the handle it was made from')
    await sibling.close()
    await closing
  }
})

test('the files are closed when the last handle is', (t) => {
  const { status, stdout, stderr } = run(
    t,
    `const { readdirSync } = require('node:fs')
     const before = readdirSync('/dev/fd').length
     const keep = ${OPEN}
     const opened = readdirSync('/dev/fd').length
     const sibling = keep.withMountSync('totp')
     keep.closeSync()
     const half = readdirSync('/dev/fd').length
     const look = () => console.log(opened > before, half === opened, readdirSync('/dev/fd').length === before)
     sibling.close().then(look)`
  )
  assert.deepEqual([status, stdout], [0, 'true true true\n'], stderr)
})

test('a forgotten keep is closed', (t) => {
  const { status, stdout, stderr } = run(
    t,
    `const { readdirSync } = require('node:fs')
     const before = readdirSync('/dev/fd').length
     ;(() => { for (let i = 0; i < 3; i += 1) ${OPEN} })()
     const look = () => {
       gc()
       if (readdirSync('/dev/fd').length === before) console.log('closed')
       else setTimeout(look, 10)
     }
     setTimeout(look, 10)`,
    '--expose-gc'
  )
  assert.deepEqual([status, stdout], [0, 'closed\n'], stderr)
})

test('a process ends well with a keep left open', (t) => {
  const left = run(t, `globalThis.keep = ${OPEN}; keep.status().then(({ keys }) => console.log(keys))`)
  assert.deepEqual([left.status, left.stdout], [0, '0\n'], left.stderr)
})

test('a process ends well in the midst of calls', (t) => {
  const { status, signal, stderr } = run(
    t,
    `const keep = ${OPEN}
     keep.writeKeySync('a', { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' })
     for (let i = 0; i < 100; i += 1) { keep.rotate().catch(() => {}); keep.validateCode('a', '000000') }
     setImmediate(() => process.exit(3))`
  )
  assert.deepEqual([status, signal], [3, null], stderr)
})

test('a keep is disposed of', async (t) => {
  const keep = newKeep(t)
  assert.equal(keep[Symbol.dispose](), undefined)
  assert.equal(keep.closed, true)
  const other = newKeep(t)
  await other[Symbol.asyncDispose]()
  assert.equal(other.closed, true)
})

test('a keep that could not be opened holds nothing', async (t) => {
  const place = folder(t)
  for (let i = 0; i < 20; i += 1) {
    await assert.rejects(Keep.open(`${place}/none`, { rootKey: ROOT_KEY }), { kind: 'keep-not-found' })
  }
})
