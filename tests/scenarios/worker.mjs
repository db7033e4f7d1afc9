// The Node.js worker of the scenarios: a JSON request per line in, a JSON answer per line out, as README.md says.

import { createInterface } from 'node:readline'

import { Keep, OtpkeepError, restore } from '../../node/index.mjs'

const folder = process.argv[2]

/** The open handles by name. */
const keeps = new Map()

const camel = (text) => text.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
const snake = (text) => text.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
// Joined as it is: `join` would make one slash of two.
const inFolder = (path) => `${folder}/${path}`
const seconds = (date) => date.getTime() / 1000

/** Options of the package, from arguments as every language has them. */
function options({ root_key, key_file, passphrase_cost, ...rest }) {
  const given = Object.fromEntries(Object.entries(rest).map(([name, value]) => [camel(name), value]))
  if (root_key !== undefined) given.rootKey = Buffer.from(root_key, 'hex')
  if (key_file !== undefined) given.keyFile = inFolder(key_file)
  if (passphrase_cost !== undefined) {
    const [memoryKib, passes] = passphrase_cost
    given.passphraseCost = { memoryKib, passes }
  }
  return given
}

/** A text from its UTF-8, in which a lone surrogate is the three bytes that UTF-8 would have for it (WTF-8). */
function decode(bytes) {
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const isSurrogate = bytes[at] === 0xed && bytes[at + 1] >= 0xa0
    if (isSurrogate) {
      text += String.fromCharCode(0xd000 | ((bytes[at + 1] & 0x3f) << 6) | (bytes[at + 2] & 0x3f))
      at += 3
    } else {
      const next = bytes.findIndex((byte, index) => index > at && byte === 0xed)
      const end = next === -1 ? bytes.length : next
      text += bytes.toString('utf8', at, end)
      at = end
    }
  }
  return text
}

const codeText = (code) =>
  typeof code === 'string' ? code : decode(Buffer.from(code.hex, 'hex')).repeat(code.repeat ?? 1)

const toKey = ({ name, issuer, accountName, algorithm, digits, period, skew, warnings }) => ({
  name,
  issuer,
  account_name: accountName,
  algorithm,
  digits,
  period,
  skew,
  warnings: warnings.map((warning) => warning.name)
})

const toVerdict = ({ outcome, offset, retryAfter, attemptsLeft }) => ({
  outcome,
  offset,
  retry_after: retryAfter,
  attempts_left: attemptsLeft
})

const toMount = ({ path, description, throttle, freeAttempts, lockSeconds, maxLockSeconds, maxFailures }) => ({
  path,
  description,
  throttle,
  free_attempts: freeAttempts,
  lock_seconds: lockSeconds,
  max_lock_seconds: maxLockSeconds,
  max_failures: maxFailures
})

const toToken = ({ accessor, policies, displayName, metadata, ttl, renewable, parent }) => ({
  accessor,
  policies,
  display_name: displayName,
  metadata,
  ttl,
  renewable,
  has_parent: parent !== null
})

const toStatus = ({ format, keys, mounts, terms, currentTerm, slots }) => ({
  format,
  keys,
  mounts,
  terms,
  current_term: currentTerm,
  slots: slots.map(({ id, kind }) => ({ id, kind }))
})

const nothing = () => null

/** What each operation does with the handle it acts on, its arguments, and the name for a new handle. */
const operations = {
  async open(_, { location, ...rest }, as) {
    keeps.set(as, await Keep.open(inFolder(location), { ...options(rest), manualClock: true }))
    return null
  },
  async with_mount(keep, { path }, as) {
    keeps.set(as, await keep.withMount(path))
    return null
  },
  async with_token(keep, { token }, as) {
    keeps.set(as, await keep.withToken(token))
    return null
  },
  close: (keep) => keep.close().then(nothing),

  write_key: async (keep, { name, ...spec }) => toKey(await keep.writeKey(name, options(spec))),
  async generate_key(keep, { name, ...spec }) {
    const { url, barcode } = await keep.generateKey(name, options(spec))
    return { url, has_barcode: barcode !== null }
  },
  read_key: async (keep, { name }) => toKey(await keep.readKey(name)),
  list_keys: (keep, given) => keep.listKeys(given),
  delete_key: (keep, { name }) => keep.deleteKey(name).then(nothing),

  async read_code(keep, { name, at }) {
    const { value, generatedAt, expiresAt, period } = await keep.readCode(name, { at })
    return { value, generated_at: seconds(generatedAt), expires_at: seconds(expiresAt), period }
  },
  validate_code: async (keep, { name, code, at }) => toVerdict(await keep.validateCode(name, codeText(code), { at })),
  async validate_codes(keep, { items, at }) {
    const pairs = items.map(([name, code]) => [name, codeText(code)])
    const results = await keep.validateCodes(pairs, { at })
    return results.map((result) => (result instanceof OtpkeepError ? { error: result.kind } : toVerdict(result)))
  },
  async read_attempts(keep, { name }) {
    const { failures, disabled } = await keep.readAttempts(name)
    return { failures, disabled }
  },
  reset_attempts: (keep, { name }) => keep.resetAttempts(name).then(nothing),

  mount: async (keep, { path, ...given }) => toMount(await keep.mount(path, options(given))),
  tune_mount: async (keep, { path, ...given }) => toMount(await keep.tuneMount(path, options(given))),
  unmount: (keep, { path }) => keep.unmount(path).then(nothing),
  list_mounts: async (keep) => (await keep.listMounts()).map(toMount),

  write_policy: (keep, { name, text }) => keep.writePolicy(name, text).then(nothing),
  read_policy: (keep, { name }) => keep.readPolicy(name),
  list_policies: (keep) => keep.listPolicies(),
  delete_policy: (keep, { name }) => keep.deletePolicy(name).then(nothing),

  async create_token(keep, given) {
    const { secret, token } = await keep.createToken(options(given))
    return { secret, ...toToken(token) }
  },
  lookup_token: async (keep, { token }) => toToken(await keep.lookupToken(token)),
  renew_token: async (keep, { token, increment }) => toToken(await keep.renewToken(token, { increment })),
  revoke_token: (keep, { token }) => keep.revokeToken(token).then(nothing),
  list_tokens: (keep) => keep.listTokens(),
  capabilities: (keep, { path }) => keep.capabilities(path),

  enable_audit: (keep, { name, path }) => keep.enableAudit(name, inFolder(path)).then(nothing),
  disable_audit: (keep, { name }) => keep.disableAudit(name).then(nothing),
  list_audits: async (keep) => (await keep.listAudits()).map(({ name }) => name),
  audit_hash: (keep, { value }) => keep.auditHash(value),

  path_read: (keep, { path, data }) => keep.read(path, data),
  path_write: (keep, { path, data }) => keep.write(path, data),
  path_list: (keep, { path, data }) => keep.list(path, data),
  path_delete: (keep, { path, data }) => keep.delete(path, data),
  path_help: (keep, { path }) => keep.help(path),

  rotate: (keep) => keep.rotate(),
  rewrap: (keep) => keep.rewrap(),
  add_slot: (keep, given) => keep.addSlot(options(given)),
  remove_slot: (keep, { id }) => keep.removeSlot(id).then(nothing),
  backup: (keep, { destination }) => keep.backup(inFolder(destination)).then(nothing),
  restore: (_, { backup, location, ...rest }) =>
    restore(inFolder(backup), inFolder(location), options(rest)).then(nothing),
  status: async (keep) => toStatus(await keep.status())
}

async function answer({ operation, on = 'keep', as = 'keep', arguments: given = {} }) {
  try {
    return { result: await operations[operation](keeps.get(on), given, as) }
  } catch (error) {
    if (!(error instanceof OtpkeepError)) throw error
    return { error: { kind: error.kind, argument: error.argument && snake(error.argument) } }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`)
}
