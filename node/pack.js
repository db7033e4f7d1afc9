'use strict'

// Makes the package, otpkeep-VERSION.tgz, from a copy of what belongs into it: the checkout stays as it is. A checkout
// builds the addon for the platform that it is on; the package brings along one that runs there only, and its manifest
// must say so, or npm installs it elsewhere. usage: pack.js [--json] [FOLDER]

const { execFileSync } = require('node:child_process')
const { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join, resolve } = require('node:path')

/** Only Linux has more than one C library. */
function platform() {
  const libc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
  return { os: [process.platform], cpu: [process.arch], ...(process.platform === 'linux' && { libc: [libc] }) }
}

function pack(destination, flags) {
  const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync(join(__dirname, 'package.json'), 'utf8'))
  const copy = mkdtempSync(join(tmpdir(), 'otpkeep-pack-'))
  try {
    for (const name of [...manifest.files, 'README.md']) {
      cpSync(join(__dirname, name), join(copy, name), { recursive: true })
    }
    writeFileSync(join(copy, 'package.json'), `${JSON.stringify({ ...manifest, ...platform() }, null, 2)}\n`)
    execFileSync('npm', ['pack', ...flags, '--pack-destination', resolve(destination)], { cwd: copy, stdio: 'inherit' })
  } finally {
    rmSync(copy, { recursive: true })
  }
}

const given = process.argv.slice(2)
pack(given.find((argument) => !argument.startsWith('--')) ?? '.', given.filter((argument) => argument === '--json'))
