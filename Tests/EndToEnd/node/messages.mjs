// One case of Anthropic's own client against a gateway: `node messages.mjs <case>`. Exits with 0 when all was as it should be; the last line
// printed is what the caller compares with the books. AnthropicNodeTests owns the gateway, the tenant and the simulator, and names them in
// GATEWAY_URL, GATEWAY_KEY and SIMULATOR_URL.
import assert from 'node:assert/strict';
import Anthropic, { APIError, AuthenticationError, BadRequestError, NotFoundError, RateLimitError } from '@anthropic-ai/sdk';
import { answers, gate, GATEWAY_KEY, GATEWAY_URL, recorded } from './gateway.mjs';

const model = 'claude-sonnet-4.5';
const messages = [{ role: 'user', content: 'Tell me about the weather' }];
const weather = { name: 'get_weather', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } };

const client = (options = {}) =>
  new Anthropic({
    baseURL: GATEWAY_URL,
    apiKey: GATEWAY_KEY,
    authToken: null,
    fetch: recorded,
    ...options,
  });

async function refusal(call) {
  const error = await call.then(() => assert.fail('It was expected to be refused.'), (error) => error);
  assert.ok(error instanceof APIError, String(error));
  assert.equal(error.error.type, 'error');
  assert.ok(error.requestID, 'the error names its request');
  assert.equal(error.error.request_id, answers.at(-1).headers.get('x-request-id'));
  return error;
}

const cases = {
  async 'message'() {
    const { data, response } = await client().messages.create({ model, messages, max_tokens: 12 }).withResponse();
    assert.match(data.content[0].text, /^Sure/);
    assert.deepEqual([data.stop_reason, data.usage.output_tokens], ['max_tokens', 12]);
    return { costs: [Number(response.headers.get('x-gateway-cost-usd'))] };
  },

  async 'bearer'() {
    const message = await client({ apiKey: null, authToken: GATEWAY_KEY }).messages.create({ model, messages, max_tokens: 12 });
    assert.match(message.content[0].text, /^Sure/);
  },

  async 'stream'() {
    const stream = client().messages.stream({ model, messages, max_tokens: 64 });
    const whole = await stream.finalMessage();
    assert.match(whole.content[0].text, /^Sure/);
    assert.equal(whole.stop_reason, 'end_turn');
    assert.ok(whole.usage.input_tokens > 0 && whole.usage.output_tokens > 10);
  },

  async 'cached'() {
    const message = await client().messages.create({ model, messages, max_tokens: 64, x_sim: { cachedTokens: 5 } });
    assert.equal(message.usage.cache_read_input_tokens, 5);
  },

  async 'tools'() {
    const asks = await client().messages.create({ model, messages, max_tokens: 200, tools: [weather] });
    assert.equal(asks.stop_reason, 'tool_use');
    const call = asks.content[0];
    assert.equal(typeof call.input.city, 'string');
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'sunny' }] };
    const answer = await client().messages.create({ model, max_tokens: 200, tools: [weather], messages: [...messages, { role: 'assistant', content: asks.content }, result] });
    assert.equal(answer.stop_reason, 'end_turn');
  },

  async 'streamed-tools'() {
    const whole = await client().messages.stream({ model, messages, max_tokens: 200, tools: [weather] }).finalMessage();
    assert.equal(typeof whole.content[0].input.city, 'string');
  },

  async 'same-key-twice'() {
    const ask = () => client().messages.create({ model, messages, max_tokens: 12 }, { headers: { 'Idempotency-Key': 'messages-1' } }).withResponse();
    const first = await ask();
    const again = await ask();
    assert.deepEqual(again.data, first.data);
    assert.deepEqual([first, again].map(({ response }) => response.headers.get('x-gateway-replayed')), [null, 'true']);
  },

  async 'leave-a-stream'() {
    const waits = gate('messages-leaves');
    const stream = await client().messages.create({ model, messages, max_tokens: 300, stream: true, x_sim: { outputTokens: 200, gate: 'messages-leaves', gateAfterChunks: 5, chunkDelayMs: 2 } });
    await waits.reached();
    for await (const event of stream) if (event.type === 'content_block_delta') break;
    assert.ok(stream.controller.signal.aborted);
    await waits.open();
  },

  async 'bad-key'() {
    const error = await refusal(client({ apiKey: 'sk-gw-00000000-0123456789ABCDEFGHIJKLMNOPQRSTUV' }).messages.create({ model, messages, max_tokens: 12 }));
    assert.ok(error instanceof AuthenticationError);
    assert.deepEqual([error.status, error.error.error.type, error.error.error.code, answers.length], [401, 'authentication_error', 'invalid_api_key', 1]);
  },

  async 'unknown-model'() {
    const error = await refusal(client().messages.create({ model: 'claude-0', messages, max_tokens: 12 }));
    assert.ok(error instanceof NotFoundError);
    assert.deepEqual([error.status, error.error.error.type, error.error.error.code, error.error.error.param], [404, 'not_found_error', 'model_not_found', 'model']);
  },

  async 'hosted-tool'() {
    const error = await refusal(client().messages.create({ model, messages, max_tokens: 12, tools: [{ type: 'web_search_20250305', name: 'web_search' }] }));
    assert.ok(error instanceof BadRequestError);
    assert.deepEqual([error.error.error.type, error.error.error.code, error.error.error.param], ['invalid_request_error', 'unsupported_parameter', 'tools[0].type']);
  },

  // The tenant's budget covers nothing.
  async 'spent-budget'() {
    const error = await refusal(client().messages.create({ model, messages, max_tokens: 12 }));
    assert.ok(error instanceof RateLimitError);
    assert.deepEqual([error.status, error.error.error.type, error.error.error.code, answers.length], [429, 'billing_error', 'insufficient_quota', 1]);
  },

  async 'broken-stream'() {
    const stream = await client().messages.create({ model, messages, max_tokens: 64, stream: true, x_sim: { outputTokens: 50, cutAfterChunks: 8 } });
    let text = '';
    const error = await (async () => {
      for await (const event of stream) text += event.delta?.text ?? '';
      assert.fail('It ended as if it were whole.');
    })().catch((error) => error);
    assert.ok(error instanceof APIError, String(error));
    assert.equal(error.error.error.code, 'upstream_error');
    assert.match(text, /^Sure/);
  },
};

const result = await cases[process.argv[2]]();
console.log(JSON.stringify(result ?? {}));
