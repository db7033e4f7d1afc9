'use strict'

const { OtpkeepError } = require('./lib/error.js')
const { Keep, restore, restoreSync } = require('./lib/keep.js')

module.exports = { Keep, OtpkeepError, restore, restoreSync }
