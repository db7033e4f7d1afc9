// What a user of node-vault does with Vault's TOTP engine. Run by node_vault_client.py.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'

import vault from 'node-vault'

const [endpoint, token, url, secret, used, rules, barcode] = process.argv.slice(2)
const client = vault({ endpoint, token })

assert.equal((await client.health()).sealed, false)
assert.equal((await client.status()).sealed, false)
assert.equal((await client.initialized()).initialized, true)

for (const place of ['totp', 'team-a']) {
  await client.mount({ mount_point: place, type: 'totp', description: 'codes' })
  await client.write(`${place}/keys/by-url`, { url })
  await client.write(`${place}/keys/by-fields`, { key: secret, digits: '8', period: '1m' })
  assert.equal((await client.read(`${place}/keys/by-url`)).data.account_name, 'test@gmail.com')
  assert.deepEqual((await client.list(`${place}/keys`)).data.keys, ['by-fields', 'by-url'])
}
assert.equal((await client.mounts()).data['team-a/'].description, 'codes')
await assert.rejects(client.read('totp/keys/none'), /Status 404/)

const fields = { generate: true, issuer: 'Acme', account_name: 'alice@acme.com' }
const made = (await client.write('totp/keys/alice', fields)).data
writeFileSync(barcode, JSON.stringify(made))

// A moment after which a code stays the same for long enough to be used.
const left = 30_000 - (Date.now() % 30_000)
if (left < 5_000) await new Promise((resolve) => setTimeout(resolve, left))
const { code } = (await client.read('totp/code/alice')).data
assert.deepEqual((await client.write('totp/code/alice', { code })).data, { valid: true })
await assert.rejects(client.write('totp/code/alice', { code }), (error) => error.message === used)
await client.delete('totp/keys/alice')
await assert.rejects(client.read('totp/code/alice'), /unknown key: alice/)

await client.addPolicy({ name: 'verifier', rules })
assert.ok((await client.policies()).data.policies.includes('verifier'))
assert.equal((await client.getPolicy({ name: 'verifier' })).data.rules, rules)
const issued = (await client.tokenCreate({ policies: ['verifier'], ttl: '1h' })).auth.client_token
// node-vault goes on with the token that it made.
client.token = token
const verifier = vault({ endpoint, token: issued })
assert.equal((await verifier.tokenLookupSelf()).data.id, issued)
assert.equal((await verifier.write('totp/code/by-url', { code: '000000' })).data.valid, false)
await assert.rejects(verifier.read('totp/code/by-url'), /permission denied/)
await client.tokenRevoke({ token: issued })
await assert.rejects(verifier.tokenLookupSelf(), /permission denied/)

assert.match((await client.help('totp')).help, /TOTP/)
await client.removePolicy({ name: 'verifier' })
await client.unmount({ mount_point: 'team-a' })
assert.equal((await client.mounts()).data['team-a/'], undefined)
