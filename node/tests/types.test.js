'use strict'

const assert = require('node:assert/strict')
const { join } = require('node:path')
const { test } = require('node:test')

const ts = require('typescript')

const otpkeep = require('otpkeep')
const { SECRET, folder, newKeep } = require('./support.js')

const TYPES = join(__dirname, '..', 'index.d.ts')
const SAMPLES = ['sample.mts', 'sample.cts'].map((name) => join(__dirname, 'types', name))

const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node'],
  module: ts.ModuleKind.Node16,
  moduleResolution: ts.ModuleResolutionKind.Node16
}

const COMPILERS = {
  strict: {},
  isolatedModules: { isolatedModules: true },
  verbatimModuleSyntax: { isolatedModules: true, verbatimModuleSyntax: true },
  'a bundler': { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler }
}

for (const [name, options] of Object.entries(COMPILERS)) {
  test(`the types serve a program that uses everything: ${name}`, () => {
    // `import = require` is no syntax of a bundler's modules.
    const samples = SAMPLES.filter((path) => path.endsWith('.mts') || options.module === undefined)
    const program = ts.createProgram(samples, { ...STRICT, ...options })
    const problems = ts.getPreEmitDiagnostics(program)
    assert.equal(ts.formatDiagnostics(problems, { ...ts.createCompilerHost({}), getNewLine: () => '\n' }), '')
  })
}

const program = ts.createProgram([TYPES], STRICT)
const checker = program.getTypeChecker()
const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(TYPES)))

/** What the package must have at run time: classes and functions, not types. */
const values = exported.filter((symbol) => symbol.flags & ts.SymbolFlags.Value)

const find = (name) => exported.find((symbol) => symbol.name === name)

/** The names of a symbol's members; those with a symbol for a name are `Symbol.name`. */
const names = (members) => members.map(({ name }) => name.replace(/^__@(\w+)@\d+$/, 'Symbol.$1')).sort()
const declared = (name) => names(checker.getDeclaredTypeOfSymbol(find(name)).getProperties())
const own = (object) =>
  Reflect.ownKeys(object).map((key) =>
    typeof key === 'symbol' ? key.description.replace(/^nodejs\./, 'Symbol.') : key
  )

test('the types export what the package exports', () => {
  assert.deepEqual(names(values), Object.keys(otpkeep).sort())
  for (const { name } of values)
    assert.ok(find(name).getDocumentationComment(checker).length > 0 || name.endsWith('Sync'), name)
})

test('the types of a keep have its members, each with a text or a twin that has one', () => {
  const actual = own(otpkeep.Keep.prototype).filter((name) => name !== 'constructor')
  assert.deepEqual(declared('Keep'), actual.sort())
  const statics = checker.getTypeOfSymbol(find('Keep')).getProperties()
  const builtIn = ['length', 'name', 'prototype']
  assert.deepEqual(
    names(statics).filter((name) => name !== 'prototype'),
    own(otpkeep.Keep)
      .filter((name) => !builtIn.includes(name))
      .sort()
  )
  for (const member of checker.getDeclaredTypeOfSymbol(find('Keep')).getProperties()) {
    if (/Sync$|^__@/.test(member.name)) continue
    assert.ok(ts.displayPartsToString(member.getDocumentationComment(checker)).length > 20, member.name)
  }
})

test('the types of what operations return have the members of it', (t) => {
  const keep = newKeep(t)
  const enrollment = keep.generateKeySync('alice', { issuer: 'Acme', accountName: 'alice' })
  const key = keep.writeKeySync('short', { secret: SECRET.slice(0, 16) })
  const status = keep.statusSync()
  const issued = keep.createTokenSync()
  keep.enableAuditSync('file', join(folder(t), 'audit.log'))
  const values = {
    Attempts: keep.readAttemptsSync('alice'),
    Code: keep.readCodeSync('alice'),
    Enrollment: enrollment,
    Key: key,
    Mount: keep.listMountsSync()[0],
    Slot: status.slots[0],
    Status: status,
    AuditFile: keep.listAuditsSync()[0],
    IssuedToken: issued,
    Token: keep.lookupTokenSync(issued.secret),
    Answer: keep.readSync('totp/keys/alice'),
    Verdict: keep.validateCodeSync('alice', ''),
    Warning: key.warnings[0]
  }
  const hidden = ['constructor', 'Symbol.util.inspect.custom']
  for (const [name, value] of Object.entries(values)) {
    const prototype = Object.getPrototypeOf(value)
    const members = [...own(value), ...(prototype === Object.prototype ? [] : own(prototype))]
    assert.deepEqual(declared(name), members.filter((member) => !hidden.includes(member)).sort(), name)
  }
})

test('the types of an error have its members', () => {
  const error = otpkeep.Keep.open('none', {}).catch((failure) => failure)
  return error.then((failure) => {
    const inherited = ['message', 'stack', 'cause']
    const types = declared('OtpkeepError').filter((name) => !inherited.includes(name))
    assert.deepEqual(types, [...Object.keys(failure), 'name'].sort())
  })
})
