/**
 * A wrong value and a slip of the name for each option of the tools that every adapter offers, for
 * `describeOptions`. An adapter adds the options of its own.
 */
export const secureFetchOptionCases = {
  description: [7, 'desciption'],
  resource: [['vault'], 'ressource'],
  permission: [7, 'permisson'],
  approval: [true, 'aproval'],
  maxResultCharacters: [0, 'maxResultBytes'],
  errorDetail: [7, 'errorDetails'],
} as const

export const operationOptionCases = {
  description: [undefined, 'desciption'],
  method: [7, 'metod'],
  path: [7, 'paht'],
  params: [{ id: 'string' }, 'param'],
  queryParams: ['page', 'queryParam'],
  headerParams: ['x-trace', 'headerParam'],
  bodyParam: [true, 'bodyParams'],
  wireNames: [['page'], 'wireName'],
  bodyType: ['xml', 'bodyTypes'],
  files: [{ a: {} }, 'file'],
  headers: [{ authorization: 'x' }, 'header'],
  idempotencyKey: ['authorization', 'idempotencyKeys'],
  defaultApproval: [{ message: 7 }, 'defaultAproval'],
  resource: [7, 'ressource'],
  permission: [{}, 'permissions'],
  approval: [{ message: 7 }, 'aproval'],
  maxResultCharacters: ['65536', 'maxResultChars'],
  errorDetail: [0, 'erorDetail'],
  answer: ['xml', 'anser'],
  maxAnswerBytes: [0, 'maxAnswerByte'],
  delimiter: ['::', 'delimeter'],
  select: [['a..b'], 'selct'],
  transform: ['upper', 'tranform'],
  pagination: [{ next: 'page' }, 'paginaton'],
} as const
