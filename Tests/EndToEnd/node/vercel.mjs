// One case of Vercel's AI SDK against a gateway: `node vercel.mjs <case>`. Exits with 0 when all was as it should be; the last line printed is
// what the caller compares with the books. VercelNodeTests owns the gateway, the tenant and the simulator, and names them in GATEWAY_URL,
// GATEWAY_KEY and SIMULATOR_URL.
import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, RetryError, embedMany, generateText, Output, streamText, tool } from 'ai';
import { z } from 'zod';
import { answers, costs, gate, GATEWAY_KEY, GATEWAY_URL, onAnswer, recorded } from './gateway.mjs';

const prompt = 'Tell me about the weather';

const openai = (x_sim, options = {}) =>
  createOpenAI({
    baseURL: `${GATEWAY_URL}/v1`,
    apiKey: GATEWAY_KEY,
    fetch: (url, init) => recorded(url, x_sim ? { ...init, body: JSON.stringify({ ...JSON.parse(init.body), x_sim }) } : init),
    ...options,
  });

const weather = tool({
  description: 'The weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `It rains in ${city}.`,
});

async function refusal(call) {
  const error = await call.then(() => assert.fail('It was expected to be refused.'), (error) => error);
  return RetryError.isInstance(error) ? error.lastError : error;
}

const cases = {
  async 'text'() {
    const { text, usage, finishReason, response } = await generateText({ model: openai().chat('gpt-4.1'), prompt, maxOutputTokens: 12 });
    assert.match(text, /^Sure/);
    assert.equal(finishReason, 'length');
    assert.equal(usage.outputTokens, 12);
    assert.ok(response.headers['x-request-id']);
    return { costs: costs() };
  },

  async 'stream'() {
    const result = streamText({ model: openai().chat('gpt-4.1'), prompt, maxOutputTokens: 12 });
    let text = '';
    for await (const part of result.textStream) text += part;
    assert.match(text, /^Sure/);
    assert.equal((await result.usage).outputTokens, 12);
  },

  async 'response'() {
    const { text, usage } = await generateText({ model: openai().responses('gpt-4.1'), prompt, maxOutputTokens: 20, providerOptions: { openai: { store: false } } });
    assert.match(text, /^Sure/);
    assert.equal(usage.outputTokens, 20);
    return { costs: costs() };
  },

  async 'streamed-response'() {
    const result = streamText({ model: openai().responses('gpt-4.1'), prompt, maxOutputTokens: 20, providerOptions: { openai: { store: false } } });
    let text = '';
    for await (const part of result.textStream) text += part;
    assert.match(text, /^Sure/);
    assert.equal((await result.usage).outputTokens, 20);
  },

  async 'tools'() {
    const { toolCalls, toolResults } = await generateText({ model: openai().chat('gpt-4.1'), prompt, tools: { weather }, toolChoice: 'required' });
    assert.equal(toolCalls[0].toolName, 'weather');
    assert.match(toolResults[0].output, /^It rains in /);
    return { costs: costs() };
  },

  async 'object'() {
    const schema = z.object({ celsius: z.number().int(), sky: z.enum(['clear', 'cloudy']) });
    const { output } = await generateText({ model: openai().chat('gpt-4.1'), prompt, output: Output.object({ schema }) });
    assert.ok(Number.isInteger(output.celsius));
    return { costs: costs() };
  },

  async 'embeddings'() {
    const { embeddings, usage } = await embedMany({ model: openai().embedding('text-embedding-3-small'), values: ['rain', 'wind'] });
    assert.deepEqual(embeddings.map((one) => one.length), [1536, 1536]);
    assert.ok(usage.tokens > 0);
  },

  async 'bad-key'() {
    const apiKey = 'sk-gw-00000000-0123456789ABCDEFGHIJKLMNOPQRSTUV';
    const error = await refusal(generateText({ model: openai(null, { apiKey }).chat('gpt-4.1'), prompt }));
    assert.ok(APICallError.isInstance(error), String(error));
    assert.deepEqual([error.statusCode, error.data.error.code, answers.length], [401, 'invalid_api_key', 1]);
  },

  // The tenant may have one request at once: the SDK waits as it is told, and comes again.
  async 'rate-limit'() {
    const waits = gate('vercel-first');
    const first = generateText({ model: openai({ gate: 'vercel-first' }).chat('gpt-4.1'), prompt });
    await waits.reached();
    onAnswer.push((response) => response.status === 429 && waits.open());
    const second = await generateText({ model: openai().chat('gpt-4.1'), prompt });
    assert.match(second.text, /^Sure/);
    await first;
    assert.deepEqual([answers[0].status, answers[0].headers.get('retry-after')], [429, '1']);
  },

  // The tenant's budget covers nothing; this SDK takes no notice of x-should-retry, and no charge comes of its retries.
  async 'spent-budget'() {
    const error = await refusal(generateText({ model: openai().chat('gpt-4.1'), prompt, maxRetries: 1 }));
    assert.ok(APICallError.isInstance(error), String(error));
    assert.deepEqual([error.statusCode, error.data.error.code], [429, 'insufficient_quota']);
  },

  async 'broken-stream'() {
    const result = streamText({ model: openai({ outputTokens: 50, cutAfterChunks: 6 }).chat('gpt-4.1'), prompt, maxRetries: 0, onError: () => {} });
    let text = '';
    const error = await (async () => {
      for await (const part of result.fullStream) {
        if (part.type === 'text-delta') text += part.text;
        if (part.type === 'error') return part.error;
      }
      return null;
    })().catch((error) => error);
    assert.ok(error, 'It ended as if it were whole.');
    assert.match(text, /^Sure/);
  },
};

const result = await cases[process.argv[2]]();
console.log(JSON.stringify(result ?? {}));
