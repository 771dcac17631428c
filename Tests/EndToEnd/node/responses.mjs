// One case of OpenAI's own client and its responses against a gateway: `node responses.mjs <case>`; see cases.mjs.
import assert from 'node:assert/strict';
import OpenAI, { APIError, BadRequestError } from 'openai';

const { GATEWAY_URL, GATEWAY_KEY } = process.env;
const model = 'gpt-4.1';
const input = 'Tell me about the weather';
const weather = { type: 'function', name: 'get_weather', strict: true, parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false } };
const client = () => new OpenAI({ baseURL: `${GATEWAY_URL}/v1`, apiKey: GATEWAY_KEY });

const cases = {
  async 'response'() {
    const { data, response } = await client().responses.create({ model, input, max_output_tokens: 16 }).withResponse();
    assert.match(data.output_text, /^Sure/);
    assert.deepEqual([data.status, data.usage.output_tokens], ['incomplete', 16]);
    return { costs: [Number(response.headers.get('x-gateway-cost-usd'))] };
  },

  async 'stream'() {
    const stream = client().responses.stream({ model, input });
    const types = [];
    for await (const event of stream) types.push(event.type);
    const whole = await stream.finalResponse();
    assert.deepEqual([types[0], types.at(-1)], ['response.created', 'response.completed']);
    assert.match(whole.output_text, /^Sure/);
    assert.ok(whole.usage.total_tokens > 0);
  },

  async 'tools'() {
    const asks = await client().responses.create({ model, input, tools: [weather] });
    const [call] = asks.output;
    assert.deepEqual([call.type, call.name, typeof JSON.parse(call.arguments).city], ['function_call', 'get_weather', 'string']);
    const answer = await client().responses.create({
      model,
      tools: [weather],
      input: [{ role: 'user', content: input }, call, { type: 'function_call_output', call_id: call.call_id, output: 'sunny' }],
    });
    assert.ok(answer.output_text);
  },

  async 'same-key-twice'() {
    const ask = () => client().responses.create({ model, input, stream: true }, { headers: { 'Idempotency-Key': 'responses-1' } });
    const read = async (stream) => {
      const events = [];
      for await (const event of stream) events.push(event);
      return events;
    };
    assert.deepEqual(await read(await ask()), await read(await ask()));
  },

  async 'stored-conversation'() {
    const error = await client().responses.create({ model, input, previous_response_id: 'resp_1' }).catch((error) => error);
    assert.ok(error instanceof BadRequestError, String(error));
    assert.deepEqual([error.code, error.param], ['unsupported_parameter', 'previous_response_id']);
  },

  async 'broken-stream'() {
    const stream = await client().responses.create({ model, input, stream: true, x_sim: { outputTokens: 50, cutAfterChunks: 8 } });
    let text = '';
    const error = await (async () => {
      for await (const event of stream) text += event.delta ?? '';
      assert.fail('It ended as if it were whole.');
    })().catch((error) => error);
    assert.ok(error instanceof APIError, String(error));
    assert.equal(error.code, 'upstream_error');
    assert.match(text, /^Sure/);
  },
};

const result = await cases[process.argv[2]]();
console.log(JSON.stringify(result ?? {}));
