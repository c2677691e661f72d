import type { Counter, Histogram, Meter, ObservableResult } from '@opentelemetry/api'

export interface ClientInstruments {
  readonly tokenRequests: Counter
  readonly tokenDuration: Histogram
  readonly callDuration: Histogram
  readonly refusals: Counter
  readonly approvals: Counter
  readonly approvalWait: Histogram
}

export interface VerifierInstruments {
  readonly verifyDuration: Histogram
}

/** The boundaries that the conventions advise for HTTP requests, in seconds. The default ones are made for milliseconds. */
const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
const PERSON_SECONDS = [1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600]
/** A cached token takes microseconds, the keys of a server or an online check a request. */
const VERIFY_SECONDS = [0.00001, 0.00005, 0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5]

export function clientInstruments(
  meter: Meter,
  observeTokens: (result: ObservableResult) => void,
): ClientInstruments {
  meter
    .createObservableGauge('authsec.token.remaining', {
      description: 'Time until the delegation token of a client expires; 0 when it has expired',
      unit: 's',
    })
    .addCallback(observeTokens)
  return {
    tokenRequests: meter.createCounter('authsec.token.requests', {
      description: 'Requests for a delegation token',
      unit: '{request}',
    }),
    tokenDuration: seconds(meter, 'authsec.token.request.duration', {
      description: 'Time of a request for a delegation token, with its retries',
      boundaries: HTTP_SECONDS,
    }),
    callDuration: seconds(meter, 'authsec.call.duration', {
      description: 'Time of a call of a protected API, without the wait for a person',
      boundaries: HTTP_SECONDS,
    }),
    refusals: meter.createCounter('authsec.refusals', {
      description: 'Calls that were refused before they were sent',
      unit: '{call}',
    }),
    approvals: meter.createCounter('authsec.approvals', {
      description: 'Questions to a person: asked, and how they ended',
      unit: '{question}',
    }),
    approvalWait: seconds(meter, 'authsec.approval.wait', {
      description: 'Time from a question to its answer',
      boundaries: PERSON_SECONDS,
    }),
  }
}

export function verifierInstruments(meter: Meter): VerifierInstruments {
  return {
    verifyDuration: seconds(meter, 'authsec.verify.duration', {
      description: 'Time to a decision about a delegation token',
      boundaries: VERIFY_SECONDS,
    }),
  }
}

function seconds(
  meter: Meter,
  name: string,
  { description, boundaries }: { readonly description: string; readonly boundaries: number[] },
): Histogram {
  const advice = { explicitBucketBoundaries: boundaries }
  return meter.createHistogram(name, { description, unit: 's', advice })
}
