// One case of OpenAI's own client against a gateway: `node cases.mjs <case>`. Exits with 0 when all was as it should be; the last line
// printed is what the caller compares with the books. OpenAiNodeTests owns the gateway, the tenant and the simulator, and names them in
// GATEWAY_URL, GATEWAY_KEY and SIMULATOR_URL.
import assert from 'node:assert/strict';
import OpenAI, { APIError, AuthenticationError, NotFoundError, RateLimitError } from 'openai';
import { answers, gate, GATEWAY_KEY, GATEWAY_URL, onAnswer, recorded } from './gateway.mjs';

const model = 'gpt-4.1';
const messages = [{ role: 'user', content: 'Tell me about the weather' }];
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false },
  },
};

const client = (options = {}) =>
  new OpenAI({
    baseURL: `${GATEWAY_URL}/v1`,
    apiKey: GATEWAY_KEY,
    fetch: recorded,
    ...options,
  });

async function read(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { chunks, text: chunks.map((chunk) => chunk.choices[0]?.delta?.content ?? '').join('') };
}

async function refusal(call) {
  const error = await call.then(() => assert.fail('It was expected to be refused.'), (error) => error);
  assert.ok(error instanceof APIError, String(error));
  assert.ok(error.requestID, 'the error names its request');
  return error;
}

const cases = {
  async 'chat'() {
    const { data, response } = await client().chat.completions.create({ model, messages, max_tokens: 12 }).withResponse();
    assert.match(data.choices[0].message.content, /^Sure/);
    assert.equal(data.choices[0].finish_reason, 'length');
    assert.equal(data.usage.completion_tokens, 12);
    assert.equal(data._request_id, response.headers.get('x-request-id'));
    return { costs: [Number(response.headers.get('x-gateway-cost-usd'))] };
  },

  async 'stream-with-usage'() {
    const { chunks, text } = await read(await client().chat.completions.create({ model, messages, stream: true, stream_options: { include_usage: true } }));
    assert.match(text, /^Sure/);
    const last = chunks.at(-1);
    assert.deepEqual(last.choices, []);
    assert.ok(last.usage.completion_tokens > 0);
    assert.ok(chunks.slice(0, -1).every((chunk) => !chunk.usage));
    return { costs: [last.usage.cost_usd] };
  },

  async 'stream-without-usage'() {
    const { chunks, text } = await read(await client().chat.completions.create({ model, messages, stream: true }));
    assert.match(text, /^Sure/);
    assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
    assert.ok(chunks.every((chunk) => chunk.choices.length === 1 && !chunk.usage), 'no usage chunk');
  },

  async 'same-key-twice'() {
    const ask = () => client().chat.completions.create({ model, messages, max_tokens: 12 }, { headers: { 'Idempotency-Key': 'node-1' } }).withResponse();
    const first = await ask();
    const again = await ask();
    assert.deepEqual(again.data, first.data);
    assert.deepEqual([first, again].map(({ response }) => response.headers.get('x-gateway-replayed')), [null, 'true']);
    assert.equal(again.response.headers.get('x-gateway-original-request-id'), first.response.headers.get('x-request-id'));
    return { costs: [Number(again.response.headers.get('x-gateway-cost-usd'))] };
  },

  // The SDK tries again on 409, so that the second call ends with the first one's answer.
  async 'same-key-at-once'() {
    const waits = gate('node-keyed');
    const ask = () => client().chat.completions.create({ model, messages, max_tokens: 12, x_sim: { gate: 'node-keyed' } }, { headers: { 'Idempotency-Key': 'node-2' } });
    const first = ask();
    await waits.reached();
    onAnswer.push((response) => response.status === 409 && waits.open());
    const second = await ask();
    assert.deepEqual(second, await first);
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 200, 409]);
  },

  async 'tools'() {
    const asks = (await client().chat.completions.create({ model, messages, tools: [weather] })).choices[0];
    assert.equal(asks.finish_reason, 'tool_calls');
    const [call] = asks.message.tool_calls;
    assert.equal(call.function.name, 'get_weather');
    assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');

    const result = { role: 'tool', tool_call_id: call.id, content: 'sunny' };
    const answer = (await client().chat.completions.create({ model, messages: [...messages, asks.message, result], tools: [weather] })).choices[0];
    assert.equal(answer.finish_reason, 'stop');
    assert.ok(answer.message.content);
  },

  async 'streamed-tools'() {
    const whole = await client().chat.completions.stream({ model, messages, tools: [weather] }).finalChatCompletion();
    const [call] = whole.choices[0].message.tool_calls;
    assert.equal(whole.choices[0].finish_reason, 'tool_calls');
    assert.equal(typeof JSON.parse(call.function.arguments).city, 'string');
  },

  async 'json-schema'() {
    const schema = {
      type: 'object',
      properties: { celsius: { type: 'integer' }, sky: { enum: ['clear', 'cloudy'] } },
      required: ['celsius', 'sky'],
      additionalProperties: false,
    };
    const response_format = { type: 'json_schema', json_schema: { name: 'report', strict: true, schema } };
    const whole = await client().chat.completions.parse({ model, messages, response_format });
    const report = JSON.parse(whole.choices[0].message.content);
    assert.ok(Number.isInteger(report.celsius));
    assert.ok(['clear', 'cloudy'].includes(report.sky));
  },

  'embeddings': () => embeddings({}),

  'embeddings-ignored-base64': () => embeddings({ x_sim: { ignoreBase64: true } }),

  async 'models'() {
    const all = [];
    for await (const one of client().models.list()) all.push(one.id);
    assert.ok(all.includes(model) && all.includes('text-embedding-3-small'), all.join());
    assert.equal((await client().models.retrieve(model)).id, model);
    await assert.rejects(client().models.retrieve('gpt-0'), NotFoundError);
  },

  async 'leave-a-stream'() {
    const waits = gate('node-leaves');
    // Paced, so that the gateway hears that the caller left before the upstream has said all.
    const x_sim = { outputTokens: 200, gate: 'node-leaves', gateAfterChunks: 4, chunkDelayMs: 2 };
    const stream = await client().chat.completions.create({ model, messages, stream: true, x_sim });
    await waits.reached();
    for await (const chunk of stream) if (chunk.choices[0].delta.content) break;
    assert.ok(stream.controller.signal.aborted);
    await waits.open();
  },

  async 'bad-key'() {
    const apiKey = 'sk-gw-00000000-0123456789ABCDEFGHIJKLMNOPQRSTUV';
    const error = await refusal(client({ apiKey }).chat.completions.create({ model, messages }));
    assert.ok(error instanceof AuthenticationError);
    assert.deepEqual([error.status, error.code, answers.length], [401, 'invalid_api_key', 1]);
  },

  async 'unknown-model'() {
    const error = await refusal(client().chat.completions.create({ model: 'gpt-0', messages }));
    assert.ok(error instanceof NotFoundError);
    assert.deepEqual([error.status, error.code, error.param, answers.length], [404, 'model_not_found', 'model', 1]);
  },

  // The tenant may have one request at once.
  async 'rate-limit'() {
    const waits = gate('node-first');
    const first = client().chat.completions.create({ model, messages, x_sim: { gate: 'node-first' } });
    await waits.reached();
    onAnswer.push((response) => response.status === 429 && waits.open());
    const second = await client().chat.completions.create({ model, messages });
    assert.ok(second.choices[0].message.content);
    await first;
    const [refused] = answers;
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1']);
  },

  // The tenant's budget covers nothing.
  async 'spent-budget'() {
    const error = await refusal(client().chat.completions.create({ model, messages }));
    assert.ok(error instanceof RateLimitError);
    assert.deepEqual([error.status, error.code, error.type], [429, 'insufficient_quota', 'insufficient_quota']);
    assert.equal(answers.length, 1, 'x-should-retry: false was heeded');
  },

  async 'broken-stream'() {
    const stream = await client().chat.completions.create({ model, messages, stream: true, x_sim: { outputTokens: 50, cutAfterChunks: 6 } });
    let text = '';
    const error = await (async () => {
      for await (const chunk of stream) text += chunk.choices[0].delta.content ?? '';
      assert.fail('It ended as if it were whole.');
    })().catch((error) => error);
    assert.ok(error instanceof APIError, String(error));
    assert.equal(error.type, 'upstream_error');
    assert.match(text, /^Sure/);
  },

  async 'short-form'() {
    const post = (body) =>
      fetch(`${GATEWAY_URL}/v1/chat`, {
        method: 'POST',
        headers: { authorization: `Bearer ${GATEWAY_KEY}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });

    const whole = await (await post({ messages })).json();
    assert.deepEqual(Object.keys(whole), ['model', 'content', 'latency_ms', 'tokens_used', 'cost_usd']);
    assert.equal(whole.model, model);

    const events = (await (await post({ messages, stream: true })).text()).trim().split('\n\n').map((event) => event.replace(/^data: /, ''));
    assert.equal(events.pop(), '[DONE]');
    const last = JSON.parse(events.pop());
    assert.equal(events.map((event) => JSON.parse(event).content).join(''), last.content);
    assert.equal(last.content, whole.content);
    assert.equal(last.tokens_used, whole.tokens_used);
    return { costs: [whole.cost_usd, last.cost_usd] };
  },
};

async function embeddings(more) {
  const { data, usage } = await client().embeddings.create({ model: 'text-embedding-3-small', input: ['rain', 'wind'], ...more });
  assert.ok(usage.prompt_tokens > 0);
  return { vectors: data.map((one) => Array.from(one.embedding)) };
}

const result = await cases[process.argv[2]]();
console.log(JSON.stringify(result ?? {}));
