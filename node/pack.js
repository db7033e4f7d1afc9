'use strict'

// A checkout builds the addon for the platform it is on; a package brings one along that runs on this platform only,
// and its manifest must say so, or npm installs it elsewhere. usage: pack.js narrow | widen

const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')

const PATH = join(__dirname, 'package.json')

/** Where a checkout can be built. */
const WIDE = { os: ['linux', 'darwin'], cpu: ['x64', 'arm64'], libc: undefined }

/** Where the addon that was built here runs. Only Linux has more than one C library. */
const glibc = process.report.getReport().header.glibcVersionRuntime
const libc = glibc ? 'glibc' : 'musl'
const NARROW = {
  os: [process.platform],
  cpu: [process.arch],
  libc: process.platform === 'linux' ? [libc] : undefined
}

const platforms = { narrow: NARROW, widen: WIDE }[process.argv[2]]
if (!platforms) throw new Error('usage: pack.js narrow | widen')
const manifest = { ...JSON.parse(readFileSync(PATH, 'utf8')), ...platforms }
writeFileSync(PATH, `${JSON.stringify(manifest, null, 2)}\n`)
