'use strict'

// The options that operations take: their names, and the types of their values.

const check = require('./check.js')

const ROOT_KEY = {
  passphrase: check.textOrBytes,
  rootKey: check.bytes,
  keyFile: check.path,
  strict: check.flag
}

const SLOT = {
  ...ROOT_KEY,
  passphraseCost: (name, value) => check.options(name, value, { memoryKib: check.count, passes: check.count })
}

const MOUNT = {
  description: check.text,
  throttle: check.flag,
  freeAttempts: check.count,
  lockSeconds: check.count,
  maxLockSeconds: check.count,
  maxFailures: check.count
}

/** How the file of a keep is dealt with. */
const FILE = {
  busyTimeout: check.count,
  allowNetworkFileSystem: check.flag
}

const OPEN = {
  ...SLOT,
  ...MOUNT,
  ...FILE,
  create: check.flag,
  mount: check.text,
  bare: check.flag,
  manualClock: check.flag
}

const KEY_SPEC = {
  url: check.textOrBytes,
  secret: check.textOrBytes,
  issuer: check.text,
  accountName: check.text,
  algorithm: check.text,
  digits: check.count,
  period: check.count,
  skew: check.count,
  keySize: check.count,
  barcodeSize: check.count,
  overwrite: check.flag
}

const TOKEN_SPEC = {
  policies: check.texts,
  ttl: check.count,
  renewable: check.flag,
  displayName: check.text,
  metadata: check.textMap,
  noDefaultPolicy: check.flag
}

/** What must be given, although each of its options may be left out. */
function given(name, value) {
  if (value === undefined) throw check.mismatch(name, 'a plain object', value)
  return value
}

/** How a keep is opened. The options of the first mount stand among the others, and are passed on as a whole. */
function open(value) {
  const options = check.options('options', value, OPEN)
  options.firstMount = { __proto__: null }
  for (const name of Object.keys(MOUNT)) options.firstMount[name] = options[name]
  return options
}

module.exports = {
  open,
  restore: (value) => check.options('options', value, { ...ROOT_KEY, ...FILE }),
  slot: (value) => check.options('options', value, SLOT),
  mount: (value) => check.options('options', value, MOUNT),
  tune: (value) => check.options('options', given('options', value), MOUNT),
  tokenSpec: (value) => check.options('spec', value, TOKEN_SPEC),
  increment: (value) => check.options('options', value, { increment: check.integer }).increment,
  keySpec: (value) => check.options('spec', value, KEY_SPEC),
  list: (value) => check.options('options', value, { after: check.text, limit: check.count }),
  at: (value) => check.options('options', value, { at: check.time }).at
}
