'use strict'

// The addon, which `npm install` in a checkout builds and a package brings along.

const { existsSync } = require('node:fs')
const { join } = require('node:path')

const ADDON = join(__dirname, '..', 'otpkeep.node')

try {
  module.exports = require(ADDON)
} catch (cause) {
  const here = `${process.platform}-${process.arch}, Node.js ${process.version}`
  const hint = existsSync(ADDON) ? '' : ' (in a checkout, run npm install in node/)'
  throw new Error(`The addon of otpkeep cannot be loaded on ${here}${hint}: ${cause.message}`, { cause })
}
