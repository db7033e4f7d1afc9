// Uses everything that the package exports. It is compiled, not run.

import { Keep, OtpkeepError, restore, restoreSync } from 'otpkeep'
import type {
  Algorithm,
  Answer,
  Attempts,
  AuditFile,
  Bytes,
  Capability,
  Code,
  Data,
  Enrollment,
  ErrorKind,
  FileOptions,
  IssuedToken,
  Json,
  Key,
  KeySpec,
  Mount,
  MountOptions,
  OpenOptions,
  Outcome,
  Path,
  RestoreOptions,
  RootKeyOptions,
  Slot,
  SlotOptions,
  Status,
  Time,
  Token,
  TokenSpec,
  Verdict,
  Warning
} from 'otpkeep'

const passphrase: Bytes = 'horse'
const location: Path = new URL('file:///auth.keep')
const at: Time = new Date()
const rootKey: RootKeyOptions = { passphrase, strict: true }
const slotOptions: SlotOptions = { ...rootKey, passphraseCost: { memoryKib: 19456 } }
const fileOptions: FileOptions = { busyTimeout: 1, allowNetworkFileSystem: false }
const restoreOptions: RestoreOptions = { ...rootKey, ...fileOptions }
const mountOptions: MountOptions = {
  description: 'all',
  throttle: true,
  freeAttempts: 1,
  lockSeconds: 1,
  maxLockSeconds: 2,
  maxFailures: 3
}
const options: OpenOptions = {
  rootKey: new Uint8Array(32),
  keyFile: Buffer.from('root'),
  ...mountOptions,
  create: true,
  mount: 'totp/',
  bare: false,
  ...fileOptions,
  manualClock: process.argv.length > 2 ? true : undefined
}
const algorithm: Algorithm = 'SHA256'
const spec: KeySpec = {
  url: 'otpauth://',
  secret: Buffer.of(1),
  issuer: 'Acme',
  accountName: 'alice',
  algorithm,
  digits: 8,
  period: 60,
  skew: 0,
  keySize: 20,
  barcodeSize: 0,
  overwrite: true
}

const tokenSpec: TokenSpec = {
  policies: ['verifier'] as const,
  ttl: 3600,
  renewable: false,
  displayName: 'login',
  metadata: { team: 'a', other: undefined },
  noDefaultPolicy: true
}
const data: Data = { generate: true, issuer: 'Acme', qr_size: 0, options: { a: [1, null] }, key: undefined }

export async function promised(): Promise<void> {
  await using keep: Keep = await Keep.open(location, options)
  const key: Key = await keep.writeKey('alice', spec)
  const warnings: readonly Warning[] = key.warnings
  const name: 'issuer-mismatch' | 'short-secret' | undefined = warnings[0]?.name
  const enrollment: Enrollment = await keep.generateKey('bob', spec)
  const barcode: Buffer | null = enrollment.barcode
  const texts: string[] = [
    enrollment.url,
    enrollment.svg(),
    enrollment.terminal(),
    key.name,
    key.issuer,
    key.accountName
  ]
  const used: Date | null = (await keep.readKey('alice')).lastUsed
  const names: string[] = await keep.listKeys({ after: 'a', limit: 10 })
  const gone: void = await keep.deleteKey('alice')
  const code: Code = await keep.readCode('bob', { at })
  const times: [string, Date, Date, number, number] = [
    code.value,
    code.generatedAt,
    code.expiresAt,
    code.period,
    code.remaining
  ]
  const verdict: Verdict = await keep.validateCode('bob', `${code}`, { at: 59 })
  const outcome: Outcome = verdict.outcome
  const left: number | null = verdict.attemptsLeft
  const sum: number = verdict.retryAfter + verdict.offset
  for (const result of await keep.validateCodes([['bob', '000000']] as const, { at })) {
    if (result instanceof OtpkeepError) throw result
    const valid: boolean = result.valid
    console.log(valid)
  }
  const attempts: Attempts = await keep.readAttempts('bob')
  const until: Date | null = attempts.lockedUntil
  await keep.resetAttempts('bob')
  const mount: Mount = await keep.mount('bots/', mountOptions)
  const tuned: Mount = await keep.tuneMount('bots/', { throttle: false })
  const mounts: Mount[] = await keep.listMounts()
  await using sibling: Keep = await keep.withMount('bots/')
  await keep.unmount('bots/')
  const numbers: number[] = [await keep.rotate(), await keep.rewrap(), await keep.addSlot(slotOptions)]
  await keep.removeSlot(2)
  await keep.backup('backup.keep')
  const status: Status = await keep.status()
  const slot: Slot | undefined = status.slots[0]
  const kind: 'raw' | 'key-file' | 'passphrase' | null | undefined = slot?.kind
  await restore('backup.keep', location, restoreOptions)
  await sibling.close()
  console.log(
    name,
    barcode,
    texts,
    used,
    names,
    gone,
    times,
    outcome,
    left,
    sum,
    until,
    mount,
    tuned,
    mounts,
    numbers,
    kind,
    keep.closed
  )
}

export function waited(): void {
  using keep: Keep = Keep.openSync(location, options)
  const key: Key = keep.writeKeySync('alice', spec)
  const enrollment: Enrollment = keep.generateKeySync('bob', spec)
  const again: Key = keep.readKeySync('alice')
  const names: string[] = keep.listKeysSync()
  keep.deleteKeySync('alice')
  const code: Code = keep.readCodeSync('bob')
  const verdict: Verdict = keep.validateCodeSync('bob', code.value)
  const results: (Verdict | OtpkeepError)[] = keep.validateCodesSync([['bob', '000000']])
  const attempts: Attempts = keep.readAttemptsSync('bob')
  keep.resetAttemptsSync('bob')
  const mounts: Mount[] = [keep.mountSync('a'), keep.tuneMountSync('a', {}), ...keep.listMountsSync()]
  const sibling: Keep = keep.withMountSync('a')
  keep.unmountSync('a')
  const numbers: number[] = [keep.rotateSync(), keep.rewrapSync(), keep.addSlotSync(slotOptions)]
  keep.removeSlotSync(2)
  keep.backupSync(Buffer.from('backup.keep'))
  const status: Status = keep.statusSync()
  restoreSync('backup.keep', location)
  sibling.closeSync()
  console.log(key, enrollment, again, names, verdict, results, attempts, mounts, numbers, status)
}

export async function narrower(keep: Keep): Promise<void> {
  await keep.writePolicy('verifier', 'path "totp/code/*" { capabilities = ["update"] }')
  const names: string[] = [await keep.readPolicy('verifier'), ...(await keep.listPolicies())]
  await keep.deletePolicy('verifier')
  const issued: IssuedToken = await keep.createToken(tokenSpec)
  await using handle: Keep = await keep.withToken(issued.secret)
  const tokens: Token[] = [issued.token, await handle.lookupToken(), await keep.lookupToken(issued.token.accessor)]
  tokens.push(await keep.renewToken(issued.secret, { increment: 60 }), await handle.renewToken())
  const ends: Date | null | undefined = tokens[0]?.expires
  const team: string | undefined = issued.token.metadata['team']
  const accessors: string[] = await keep.listTokens()
  const capabilities: Capability[] = await handle.capabilities('totp/code/alice')
  await keep.enableAudit('file', location)
  const files: AuditFile[] = await keep.listAudits()
  const hash: string = await keep.auditHash('x')
  await keep.disableAudit('file')
  const answer: Answer | null = await keep.write('totp/keys/alice', data)
  const url: Json | undefined = answer?.data?.['url']
  const given = [await keep.read('totp/keys'), await keep.list('totp/keys', {}), await keep.delete('totp/keys/alice')]
  const help: string = await keep.help('totp')
  await handle.revokeToken()
  console.log(names, ends, team, accessors, capabilities, files, hash, url, given, help, answer?.mount_type === 'totp')
}

export function narrowerWaited(keep: Keep): void {
  keep.writePolicySync('verifier', '')
  const names: string[] = [keep.readPolicySync('verifier'), ...keep.listPoliciesSync()]
  keep.deletePolicySync('verifier')
  const issued: IssuedToken = keep.createTokenSync()
  using handle: Keep = keep.withTokenSync(issued.secret)
  const tokens: Token[] = [handle.lookupTokenSync(), handle.renewTokenSync(undefined, { increment: 1 })]
  const capabilities: Capability[] = handle.capabilitiesSync('x')
  keep.revokeTokenSync(issued.token.accessor)
  keep.enableAuditSync('file', '/audit.log')
  const files: AuditFile[] = keep.listAuditsSync()
  const texts: string[] = [keep.auditHashSync('x'), keep.helpSync('totp'), ...keep.listTokensSync()]
  keep.disableAuditSync('file')
  const given: (Answer | null)[] = [keep.readSync('x'), keep.writeSync('x', data), keep.listSync('x', { after: 'a' })]
  given.push(keep.deleteSync('x'))
  console.log(names, tokens, capabilities, files, texts, given)
}

export function isMissing(error: unknown): boolean {
  if (!(error instanceof OtpkeepError)) return false
  const kind: ErrorKind = error.kind
  const code: `ERR_OTPKEEP_${string}` = error.code
  const argument: string | null = error.argument
  console.log(kind, code, argument, error.message)
  return error.kind === 'key-not-found'
}

export async function refused(keep: Keep, verdict: Verdict, key: Key, token: Token): Promise<void> {
  // @ts-expect-error the description of a token does not hold it
  await keep.withToken(token.secret)
  // @ts-expect-error a description is read only
  token.policies.push('root')
  // @ts-expect-error JSON has no times
  await keep.write('totp/keys/alice', { at: new Date() })
  // @ts-expect-error a misspelt field
  await keep.createToken({ policy: 'verifier' })
  // @ts-expect-error an answer may be null
  console.log((await keep.read('totp/keys/alice')).data)
  // @ts-expect-error a code is a string
  await keep.validateCode('alice', 5924)
  // @ts-expect-error a misspelt option
  await Keep.open('auth.keep', { passphrse: 'x' })
  // @ts-expect-error a root key is no text
  await Keep.open('auth.keep', { rootKey: 'x'.repeat(32) })
  // @ts-expect-error nothing is made at the mount of a backup
  await restore('backup.keep', 'auth.keep', { ...rootKey, mount: 'totp/' })
  // @ts-expect-error what is to be tuned must be given
  await keep.tuneMount('totp/')
  // @ts-expect-error a verdict is read only
  verdict.valid = true
  // @ts-expect-error a description is read only
  key.name = 'x'
  // @ts-expect-error a keep is opened
  new Keep()
  // @ts-expect-error errors are made by the package
  new OtpkeepError()
  // @ts-expect-error no such algorithm
  await keep.writeKey('alice', { secret: 'x', algorithm: 'MD5' })
  // @ts-expect-error there is no such kind
  console.log(new Error() instanceof OtpkeepError && isMissing.kind === 'no-such-kind')
  // @ts-expect-error what is promised is not the value
  const code: Code = keep.readCode('alice')
  console.log(code)
}
