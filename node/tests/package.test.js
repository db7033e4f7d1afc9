'use strict'

const assert = require('node:assert/strict')
const { execFileSync, spawnSync } = require('node:child_process')
const { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync } = require('node:fs')
const { readdirSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { after, before, describe, test } = require('node:test')

const { folder } = require('./support.js')

const PACKAGE = join(__dirname, '..')
const MANIFEST = join(PACKAGE, 'package.json')

const CONTENT = [
  'LICENSE-APACHE',
  'LICENSE-MIT',
  'README.md',
  'index.d.ts',
  'index.js',
  'index.mjs',
  'lib/check.js',
  'lib/error.js',
  'lib/keep.js',
  'lib/native.js',
  'lib/operations.js',
  'lib/options.js',
  'lib/validations.js',
  'lib/values.js',
  'otpkeep.node',
  'package.json'
]

const manifestText = () => readFileSync(MANIFEST, 'utf8')

const npm = (cwd, ...given) => execFileSync('npm', given, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const PROGRAM = `
const keep = Keep.openSync('auth.keep', { rootKey: Buffer.alloc(32, 7), create: true })
keep.writeKeySync('rfc', { secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ', overwrite: true })
console.log(keep.readCodeSync('rfc', { at: 1234567890 }).value)
keep.closeSync()
`

describe('the packed package', () => {
  let place
  let packed
  let manifest

  before(() => {
    place = mkdtempSync(join(tmpdir(), 'otpkeep-'))
    manifest = manifestText()
    packed = JSON.parse(npm(PACKAGE, 'run', 'package', '--silent', '--', '--json', place))[0]
  })
  after(() => rmSync(place, { recursive: true }))

  test('holds what it should, and no more', () => {
    assert.deepEqual(packed.files.map(({ path }) => path).sort(), CONTENT)
    const addon = packed.files.find(({ path }) => path === 'otpkeep.node')
    assert.ok(addon.size > 1e6 && addon.size < 8e6, `the addon has ${addon.size} bytes`)
  })

  test('leaves the checkout as it was', () => {
    assert.equal(manifestText(), manifest)
  })

  test('installs without Rust in an empty folder, for its own platform, and runs from both kinds of modules', () => {
    const app = join(place, 'app')
    mkdirSync(app)
    writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true }')
    npm(app, 'install', '--offline', '--no-audit', '--no-fund', join(place, packed.filename))
    const installed = JSON.parse(readFileSync(join(app, 'node_modules', 'otpkeep', 'package.json'), 'utf8'))
    assert.deepEqual([installed.os, installed.cpu], [[process.platform], [process.arch]])
    assert.equal(installed.libc?.length, process.platform === 'linux' ? 1 : undefined)
    for (const part of ['dependencies', 'devDependencies', 'scripts']) assert.equal(installed[part], undefined, part)

    writeFileSync(join(app, 'app.cjs'), `const { Keep } = require('otpkeep')${PROGRAM}`)
    writeFileSync(join(app, 'app.mjs'), `import { Keep } from 'otpkeep'${PROGRAM}`)
    for (const program of ['app.cjs', 'app.mjs']) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [program], { cwd: app, encoding: 'utf8', env: {} })
      assert.deepEqual([status, stdout], [0, '005924\n'], stderr)
    }
  })

  test('has a README whose programs run', () => {
    const app = join(place, 'app')
    const programs = readFileSync(join(PACKAGE, 'README.md'), 'utf8').matchAll(/```js\n([^]*?)```/g)
    const [first, second] = Array.from(programs, ([, program]) => program)
    for (const file of readdirSync(app)) if (file.startsWith('auth.keep')) rmSync(join(app, file))
    const cases = [
      [first, /█[^]*\nlet in\nreplayed for \d+ seconds\n$/],
      [first, /\nlet in\nreplayed for \d+ seconds\n$/], // again, on the keep that is there now
      [second, /^true\npermission-denied\nRequest: +keys\/bot\n/]
    ]
    for (const [program, printed] of cases) {
      writeFileSync(join(app, 'readme.cjs'), program)
      const { status, stdout, stderr } = spawnSync(process.execPath, ['readme.cjs'], { cwd: app, encoding: 'utf8' })
      assert.equal(status, 0, stderr)
      assert.match(stdout, printed)
    }
  })
})

test('npm pack makes a package with the same content, which installs and runs too', (t) => {
  const place = folder(t)
  // The addon is there: it need not be built once more.
  const flags = ['pack', '--ignore-scripts', '--json', '--pack-destination', place]
  const [{ filename, files }] = JSON.parse(npm(PACKAGE, ...flags))
  assert.deepEqual(files.map(({ path }) => path).sort(), CONTENT)
  writeFileSync(join(place, 'package.json'), '{ "name": "app", "private": true }')
  npm(place, 'install', '--offline', '--no-audit', '--no-fund', join(place, filename))
  writeFileSync(join(place, 'app.cjs'), `const { Keep } = require('otpkeep')${PROGRAM}`)
  const { status, stdout, stderr } = spawnSync(process.execPath, ['app.cjs'], { cwd: place, encoding: 'utf8', env: {} })
  assert.deepEqual([status, stdout], [0, '005924\n'], stderr)
})

test('the addon shows nothing but the door for Node.js: neither SQLite nor Rust can meet another copy', () => {
  const flags = process.platform === 'darwin' ? ['-gUj'] : ['-D', '--defined-only', '--format=just-symbols']
  const symbols = execFileSync('nm', [...flags, join(PACKAGE, 'otpkeep.node')], { encoding: 'utf8' })
  assert.deepEqual(symbols.match(/\w+/g), [
    process.platform === 'darwin' ? '_napi_register_module_v1' : 'napi_register_module_v1'
  ])
})

/** What loading a package says whose addon is what `write` makes of it. */
function loading(t, write) {
  const copy = folder(t)
  for (const file of ['index.js', 'package.json']) copyFileSync(join(PACKAGE, file), join(copy, file))
  cpSync(join(PACKAGE, 'lib'), join(copy, 'lib'), { recursive: true })
  write(join(copy, 'otpkeep.node'))
  try {
    require(copy)
  } catch (error) {
    return error
  }
  return assert.fail('it was loaded')
}

const broken = {
  missing: [() => {}, /Cannot find module/],
  'not an addon': [(path) => writeFileSync(path, 'no addon'), /file too short|invalid ELF header|not a mach-o file/],
  'linked to a library that is not there': [
    (path) => {
      const addon = readFileSync(join(PACKAGE, 'otpkeep.node')).toString('latin1')
      writeFileSync(path, addon.replaceAll('libc.so.6', 'libx.so.6'), 'latin1')
    },
    /libx\.so\.6/
  ]
}

for (const [what, [write, cause]] of Object.entries(broken)) {
  test(`the error of an addon that is ${what} names the cause`, (t) => {
    const error = loading(t, write)
    assert.match(error.message, /^The addon of otpkeep cannot be loaded on \w+-\w+, Node\.js v\d+/)
    assert.match(error.message, cause)
    assert.match(error.cause.message, cause)
    assert.ok(error.message.includes(error.cause.message))
    assert.equal(error.message.includes('run npm install in node/'), what === 'missing')
  })
}
