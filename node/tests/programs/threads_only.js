'use strict'

// Starts and ends threads that load the addon, which this one does not: each time the last of them has gone, the addon
// may be unloaded. usage: threads_only.js LOCATION

const { once } = require('node:events')
const { join } = require('node:path')
const { Worker } = require('node:worker_threads')

async function main(location) {
  for (const task of ['leave', 'busy', 'leave', 'busy']) {
    const workerData = { task, location, rootKey: Buffer.alloc(32, 7) }
    const workers = [1, 2].map(() => new Worker(join(__dirname, 'thread.js'), { workerData }))
    await Promise.all(workers.map((worker) => once(worker, 'message')))
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  console.log('done')
}

main(process.argv[2])
