// The main job of otpkeep in Node.js, on the keep that demo.c made: make demo, or node demo.mjs FOLDER.
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

// In a program of yours: import { Keep } from 'otpkeep'
const { Keep } = createRequire(import.meta.url)('../node')

const folder = process.argv[2]
// A real program asks for it, or reads a key file.
const passphrase = 'correct horse battery staple'

const unexpected = () => {
  console.error('demo: not what it should be')
  process.exit(1)
}

console.log('\n11. Opening the keep in Node.js.')
const keep = await Keep.open(join(folder, 'auth.keep'), { passphrase })
console.log(`   keys: ${(await keep.listKeys()).join(', ')}`)

console.log("\n12. Validating bob's code of now: Python used it up.")
const { outcome } = await keep.validateCode('bob', (await keep.readCode('bob')).value)
// A new period may have begun meanwhile, and with it a code that nobody has used.
console.log(`   ${outcome}`)
if (outcome !== 'replayed' && outcome !== 'accepted') unexpected()

console.log('\n13. Generating a key for carol, and validating her code twice at once.')
const { barcode } = await keep.generateKey('carol', { issuer: 'Acme', accountName: 'carol@acme.com', overwrite: true })
await writeFile(join(folder, 'carol.png'), barcode, { mode: 0o600 })
const { value } = await keep.readCode('carol')
const verdicts = await Promise.all([keep.validateCode('carol', value), keep.validateCode('carol', value)])
console.log(`   ${verdicts.map((verdict) => verdict.outcome).join(' and ')}`)
if (verdicts.filter((verdict) => verdict.valid).length !== 1) unexpected()
await keep.close()
