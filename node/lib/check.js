'use strict'

// The types of arguments, and nothing else about them: what lies outside a range is passed on, and the core refuses it.
// Messages name the argument and what it is, never its value.

const { fileURLToPath } = require('node:url')
const { isDate, isUint8Array } = require('node:util/types')

/** Code units of a code that are passed on. No text of more than 32 bytes is a code, so one that is cut is none either. */
const TYPED_LENGTH = 64

/** What stands for a number that does not fit the addon's 32 bits: it is above every range. */
const BEYOND_EVERY_RANGE = 0xffffffff

function wrong(message, code = 'ERR_INVALID_ARG_TYPE') {
  return Object.assign(new TypeError(message), { code })
}

function describe(value) {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (isUint8Array(value)) return 'a Uint8Array'
  return typeof value === 'object' && !isPlain(value) ? 'an object of a class' : `of type ${typeof value}`
}

function mismatch(name, expected, value) {
  return wrong(`${name} must be ${expected}, but is ${describe(value)}`)
}

/** Unicode text. A lone surrogate is none: as UTF-8 it would become another text. */
function text(name, value) {
  if (typeof value !== 'string') throw mismatch(name, 'a string', value)
  if (!value.isWellFormed()) throw wrong(`${name} must be well-formed Unicode, but has a lone surrogate`)
  return value
}

/** Any string. A lone surrogate becomes U+FFFD, which neither a code nor the name of a key has. */
function anyText(name, value) {
  if (typeof value !== 'string') throw mismatch(name, 'a string', value)
  return value.toWellFormed()
}

/** What a person typed. */
function code(name, value) {
  if (typeof value !== 'string') throw mismatch(name, 'a string', value)
  return value.slice(0, TYPED_LENGTH).toWellFormed()
}

function bytes(name, value) {
  if (!isUint8Array(value)) throw mismatch(name, 'a Uint8Array', value)
  return value
}

function textOrBytes(name, value) {
  if (isUint8Array(value)) return value
  if (typeof value !== 'string') throw mismatch(name, 'a string or a Uint8Array', value)
  return text(name, value)
}

function path(name, value) {
  if (value instanceof URL) return fileURLToPath(value)
  if (isUint8Array(value)) return value
  if (typeof value !== 'string') throw mismatch(name, 'a string, a Uint8Array or a file: URL', value)
  return text(name, value)
}

function flag(name, value) {
  if (typeof value !== 'boolean') throw mismatch(name, 'a boolean', value)
  return value
}

function integer(name, value) {
  if (typeof value !== 'number') throw mismatch(name, 'a number', value)
  if (!Number.isInteger(value)) throw wrong(`${name} must be a whole number`)
  return value
}

function count(name, value) {
  return integer(name, value) >= 0 && value < BEYOND_EVERY_RANGE ? value : BEYOND_EVERY_RANGE
}

/** A time: seconds since 1970, or a Date. Whole seconds are passed on, and what is no number too. */
function time(name, value) {
  if (typeof value !== 'number' && !isDate(value)) throw mismatch(name, 'a number of seconds or a Date', value)
  return Math.floor(isDate(value) ? value.getTime() / 1000 : value)
}

function texts(name, value) {
  if (!Array.isArray(value)) throw mismatch(name, 'an array', value)
  return Array.from(value, (item, index) => text(`${name}[${index}]`, item))
}

/**
 * Whether a value was written as an object, and is of no class. The prototype of objects is another one in each realm,
 * and no other prototype at the end of its chain has that method of its own.
 */
function isPlain(value) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/** Names and texts, as pairs. What is undefined counts as left out. */
function textMap(name, value) {
  if (!isPlain(value)) throw mismatch(name, 'a plain object', value)
  const given = Object.entries(value).filter(([, item]) => item !== undefined)
  return given.map(([key, item]) => [text(`a name in ${name}`, key), text(`a value in ${name}`, item)])
}

/** How deep values may lie in each other: deeper than any that means something, and no danger to a parser. */
const DEEPEST = 64

/**
 * A copy of a value that JSON has. Nothing else is turned into one: that would be another value than was meant. The
 * copy inherits nothing, so that neither a class nor a changed prototype has a say in what is sent.
 */
function json(name, value, around = []) {
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return text(name, value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw wrong(`${name} must be a finite number`)
    return value
  }
  if (!Array.isArray(value) && !isPlain(value)) throw mismatch(name, 'a value that JSON has', value)
  if (around.includes(value)) throw wrong(`${name} must not hold itself`)
  if (around.length === DEEPEST) throw wrong(`${name} must not be nested so deep`)
  const within = [...around, value]
  if (Array.isArray(value)) {
    const copy = Array.from(value, (item, index) => json(`${name}[${index}]`, item, within))
    return Object.setPrototypeOf(copy, null)
  }
  const copy = { __proto__: null }
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) copy[text(`a name in ${name}`, key)] = json(`${name}.${key}`, item, within)
  }
  return copy
}

/** The fields of a request, as a JSON text. */
function data(value) {
  if (value === undefined) return undefined
  if (!isPlain(value)) throw mismatch('data', 'a plain object', value)
  return JSON.stringify(json('data', value))
}

/**
 * Options whose names are all known. What is undefined counts as left out. Only an object's own properties are read,
 * and the result inherits none.
 */
function options(name, value, checks) {
  const checked = { __proto__: null }
  if (value === undefined) return checked
  if (!isPlain(value)) throw mismatch(name, 'a plain object', value)
  for (const [option, given] of Object.entries(value)) {
    if (!Object.hasOwn(checks, option)) throw wrong(`${name} has no option '${option}'`, 'ERR_INVALID_ARG_VALUE')
    if (given !== undefined) checked[option] = checks[option](option, given)
  }
  return checked
}

module.exports = {
  anyText,
  bytes,
  code,
  count,
  data,
  flag,
  integer,
  mismatch,
  options,
  path,
  text,
  textMap,
  textOrBytes,
  texts,
  time
}
