'use strict'

// Every operation of a keep: what it takes from its caller, checked, for the addon's method of the same name, and what
// it gives back of the addon's answer. `keep.js` makes two methods of each, one that promises and one that waits.

const check = require('./check.js')
const { OtpkeepError } = require('./error.js')
const options = require('./options.js')
const { decode, encode } = require('./validations.js')
const values = require('./values.js')

const name = (value) => check.text('name', value)
const mount = (value) => check.text('mount', value)
/** None is the handle's own. */
const token = (value) => (value === undefined ? undefined : check.text('token', value))
const path = (value) => check.text('path', value)
const destination = (value) => check.path('destination', value)

const nothing = () => undefined
const itself = (value) => value
const described = (answer) => new values.Token(answer)
const verdict = (answer) => new values.Verdict(answer)

/** The verdict of an item, or the error that it came to. */
const verdictOrError = (answer) => (answer instanceof OtpkeepError ? answer : verdict(answer))

function items(value) {
  if (!Array.isArray(value)) throw check.mismatch('items', 'an array', value)
  return Array.from(value, (item, index) => {
    const place = `items[${index}]`
    if (!Array.isArray(item) || item.length !== 2) throw check.mismatch(place, 'a pair of name and code', item)
    return [check.anyText(`${place}[0]`, item[0]), check.code(`${place}[1]`, item[1])]
  })
}

/** An operation on a path: its answer crosses as a JSON text. */
const request = {
  take: (at, data) => [path(at), check.data(data)],
  give: JSON.parse
}

module.exports = {
  writeKey: { take: (key, spec) => [name(key), options.keySpec(spec)], give: (answer) => new values.Key(answer) },
  generateKey: {
    take: (key, spec) => [name(key), options.keySpec(spec)],
    give: (answer) => new values.Enrollment(answer)
  },
  readKey: { take: (key) => [name(key)], give: (answer) => new values.Key(answer) },
  listKeys: {
    take: (given) => {
      const { after, limit } = options.list(given)
      return [after, limit]
    },
    give: itself
  },
  deleteKey: { take: (key) => [name(key)], give: nothing },

  readCode: { take: (key, given) => [name(key), options.at(given)], give: (answer) => new values.Code(answer) },
  validateCode: {
    take: (key, code, given) => [name(key), check.code('code', code), options.at(given)],
    give: verdict
  },
  validateCodes: {
    take: (pairs, given) => [encode(items(pairs)), options.at(given)],
    give: (answers) => decode(answers).map(verdictOrError)
  },
  readAttempts: { take: (key) => [name(key)], give: values.attempts },
  resetAttempts: { take: (key) => [name(key)], give: nothing },

  mount: { take: (path, given) => [mount(path), options.mount(given)], give: values.mount },
  tuneMount: { take: (path, given) => [mount(path), options.tune(given)], give: values.mount },
  unmount: { take: (path) => [mount(path)], give: nothing },
  listMounts: { take: () => [], give: (mounts) => mounts.map(values.mount) },

  writePolicy: { take: (policy, text) => [name(policy), check.text('text', text)], give: nothing },
  readPolicy: { take: (policy) => [name(policy)], give: itself },
  listPolicies: { take: () => [], give: itself },
  deletePolicy: { take: (policy) => [name(policy)], give: nothing },

  createToken: { take: (spec) => [options.tokenSpec(spec)], give: (answer) => new values.IssuedToken(answer) },
  lookupToken: { take: (which) => [token(which)], give: described },
  renewToken: { take: (which, given) => [token(which), options.increment(given)], give: described },
  revokeToken: { take: (which) => [token(which)], give: nothing },
  listTokens: { take: () => [], give: itself },
  capabilities: { take: (at) => [path(at)], give: itself },

  enableAudit: { take: (file, at) => [name(file), check.path('path', at)], give: nothing },
  disableAudit: { take: (file) => [name(file)], give: nothing },
  listAudits: { take: () => [], give: (files) => files.map(values.auditFile) },
  auditHash: { take: (value) => [check.text('value', value)], give: itself },

  read: request,
  write: request,
  list: request,
  delete: request,
  help: { take: (at) => [path(at)], give: (answer) => JSON.parse(answer).data.help },

  rotate: { take: () => [], give: itself },
  rewrap: { take: () => [], give: itself },
  addSlot: { take: (rootKey) => [options.slot(rootKey)], give: itself },
  removeSlot: { take: (slot) => [check.integer('slot', slot)], give: nothing },
  backup: { take: (to) => [destination(to)], give: nothing },
  status: { take: () => [], give: values.status }
}
