import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

/** Instruments in seconds. This exporter does not write units into names, as Prometheus and the dashboard have them. */
const IN_SECONDS = [
  'authsec.call.duration',
  'authsec.approval.wait',
  'authsec.token.request.duration',
  'authsec.token.remaining',
]

/** Serves `/metrics` on a port of its own, so that who may scrape need not be who may call. */
export async function startMetrics(port: number): Promise<MeterProvider> {
  const exporter = new PrometheusExporter({
    port,
    preventServerStart: true,
    withoutScopeInfo: true,
  })
  await exporter.startServer()
  return new MeterProvider({
    readers: [exporter],
    views: IN_SECONDS.map((instrumentName) => ({
      instrumentName,
      name: `${instrumentName}.seconds`,
    })),
  })
}
