'use strict'

// What `npm install` makes of a checkout.

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { cpSync, existsSync, mkdirSync, writeFileSync } = require('node:fs')
const { basename, join, resolve } = require('node:path')
const { test } = require('node:test')

const { folder } = require('./support.js')

const ROOT = join(__dirname, '..', '..')
const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target')

/** What was made in a checkout: a new one has nothing of it. */
const MADE = ['.git', '.venv', 'node_modules', 'otpkeep.node', 'target']

test('npm install in a new checkout builds the addon, and an application installs it from there', (t) => {
  const place = folder(t)
  const checkout = join(place, 'checkout')
  // What is as old as it was is not compiled again.
  const isSource = (path) => !MADE.includes(basename(path)) && path !== TARGET
  cpSync(ROOT, checkout, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true, filter: isSource })
  const copy = join(checkout, 'node')
  assert.ok(!existsSync(join(copy, 'otpkeep.node')))

  const env = { ...process.env, CARGO_TARGET_DIR: TARGET }
  const npm = (cwd, ...given) =>
    execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', ...given], { cwd, env, stdio: 'pipe' })
  npm(copy, '--omit=dev')
  assert.equal(typeof require(copy).Keep.open, 'function')

  const app = join(place, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true }')
  npm(app, copy)
  const program = `console.log(Object.keys(require('otpkeep')).join())`
  const output = execFileSync(process.execPath, ['-e', program], { cwd: app, encoding: 'utf8' })
  assert.equal(output, 'Keep,OtpkeepError,restore,restoreSync\n')
})
