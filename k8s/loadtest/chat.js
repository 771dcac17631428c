// Load on the data plane, to see the HPA at work: rises, holds, falls. With k6 (https://k6.io):
//   k6 run -e BASE_URL=https://gateway.example.com -e API_KEY=sk-gw-… k8s/loadtest/chat.js
// MODEL (gpt-4.1), PEAK (200 requests a second), STREAM (share of streams, 0.5) and MAX_TOKENS (64) can be set alike.
// It spends the tenant's money: use a tenant of its own with a small budget, or the simulator as the provider.
import http from 'k6/http';
import { check } from 'k6';
import { Counter, Rate, Trend } from 'k6/metrics';

const base = __ENV.BASE_URL || 'http://localhost:8080';
const key = __ENV.API_KEY;
const model = __ENV.MODEL || 'gpt-4.1';
const peak = Number(__ENV.PEAK || 200);
const streams = Number(__ENV.STREAM || 0.5);
const maxTokens = Number(__ENV.MAX_TOKENS || 64);

const refused = new Counter('refused'); // 429: the policy said no, which is not a failure
const failed = new Rate('failed'); // 5xx, no answer, or a stream that did not end with [DONE]
const gateway = new Trend('time_to_first_byte', true);

export const options = {
  scenarios: {
    chat: {
      executor: 'ramping-arrival-rate',
      startRate: Math.max(1, Math.round(peak / 20)),
      timeUnit: '1s',
      preAllocatedVUs: 50,
      maxVUs: Math.max(100, peak * 20),
      stages: [
        { target: peak, duration: '2m' },
        { target: peak, duration: '5m' },
        { target: Math.max(1, Math.round(peak / 20)), duration: '30s' },
        // Longer than the 300 s that the HPA waits, so that silos leave under load.
        { target: Math.max(1, Math.round(peak / 20)), duration: '8m' },
      ],
    },
  },
  thresholds: {
    failed: [{ threshold: 'rate<0.001', abortOnFail: true, delayAbortEval: '1m' }],
    time_to_first_byte: ['p(95)<3000', 'p(99)<10000'], // the provider's, for the most part
    checks: ['rate>0.999'],
    dropped_iterations: ['count==0'], // else the load was not what it says
  },
};

export function setup() {
  if (!key) throw new Error('API_KEY is not set: -e API_KEY=sk-gw-…');
  const models = http.get(`${base}/v1/models`, { headers: { Authorization: `Bearer ${key}` } });
  if (models.status !== 200) throw new Error(`GET /v1/models: ${models.status} ${models.body}`);
}

export default function () {
  const stream = Math.random() < streams;
  const answer = http.post(
    `${base}/v1/chat/completions`,
    JSON.stringify({
      model,
      stream,
      max_tokens: maxTokens,
      messages: [{ role: 'user', content: `Count from one to five. Ticket ${__VU}-${__ITER}.` }],
    }),
    { headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' }, timeout: '120s', responseCallback: http.expectedStatuses(200, 429) },
  );

  gateway.add(answer.timings.waiting);
  if (answer.status === 429) {
    refused.add(1);
    check(answer, { 'a refusal says when to come back, or that no one should': (r) => r.headers['Retry-After'] !== undefined || r.headers['X-Should-Retry'] === 'false' });
    failed.add(false);
    return;
  }

  const whole = answer.status === 200 && (!stream || answer.body.trimEnd().endsWith('data: [DONE]'));
  failed.add(!whole);
  check(answer, { 'the answer is whole': () => whole, 'it has an id': (r) => r.headers['X-Request-Id'] !== undefined });
}
