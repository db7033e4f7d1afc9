'use strict'

// The addon, which `npm install` in a checkout builds and a package brings along.

const { join } = require('node:path')

try {
  module.exports = require(join(__dirname, '..', 'otpkeep.node'))
} catch (cause) {
  const here = `${process.platform}-${process.arch}, Node.js ${process.version}`
  throw new Error(`The addon of otpkeep cannot be loaded on ${here}: ${cause.message}`, { cause })
}
