// One case of LangChain's client against a gateway: `node langchain.mjs <case>`. Exits with 0 when all was as it should be; the last line printed is
// what the caller compares with the books. LangChainNodeTests owns the gateway, the tenant and the simulator, and names them in GATEWAY_URL,
// GATEWAY_KEY and SIMULATOR_URL.
import assert from 'node:assert/strict';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { z } from 'zod';
import { answers, costs, gate, GATEWAY_KEY, GATEWAY_URL, onAnswer, recorded } from './gateway.mjs';

const question = 'Tell me about the weather';

const configuration = {
  baseURL: `${GATEWAY_URL}/v1`,
  fetch: recorded,
};
const chat = (options = {}) => new ChatOpenAI({ model: 'gpt-4.1', apiKey: GATEWAY_KEY, configuration, ...options });

const weather = tool(({ city }) => `It rains in ${city}.`, { name: 'get_weather', description: 'The weather of a city', schema: z.object({ city: z.string() }) });

const refusal = (call) => call.then(() => assert.fail('It was expected to be refused.'), (error) => error);

const cases = {
  async 'invoke'() {
    const answer = await chat({ maxTokens: 12 }).invoke(question);
    assert.match(answer.content, /^Sure/);
    assert.equal(answer.usage_metadata.output_tokens, 12);
    return { costs: costs() };
  },

  async 'stream'() {
    let whole;
    for await (const chunk of await chat({ maxTokens: 12 }).stream(question)) whole = whole ? whole.concat(chunk) : chunk;
    assert.match(whole.content, /^Sure/);
    assert.equal(whole.usage_metadata.output_tokens, 12);
  },

  async 'response'() {
    const answer = await chat({ maxTokens: 20, useResponsesApi: true, zdrEnabled: true }).invoke(question);
    assert.match(answer.text, /^Sure/);
    assert.equal(answer.usage_metadata.output_tokens, 20);
    return { costs: costs() };
  },

  async 'tools'() {
    const model = chat().bindTools([weather], { tool_choice: 'required' });
    const asked = await model.invoke(question);
    assert.equal(asked.tool_calls[0].name, 'get_weather');
    const told = await weather.invoke(asked.tool_calls[0]);
    const answer = await chat({ maxTokens: 12 }).invoke([{ role: 'user', content: question }, asked, told]);
    assert.ok(answer.content);
    return { costs: costs() };
  },

  async 'structured'() {
    const schema = z.object({ celsius: z.number().int(), sky: z.enum(['clear', 'cloudy']) });
    const report = await chat().withStructuredOutput(schema, { method: 'jsonSchema', strict: true }).invoke(question);
    assert.ok(Number.isInteger(report.celsius));
    return { costs: costs() };
  },

  async 'batch'() {
    const all = await chat({ maxTokens: 9 }).batch(['one', 'two', 'three']);
    assert.equal(all.length, 3);
  },

  async 'embeddings'() {
    const vectors = await new OpenAIEmbeddings({ model: 'text-embedding-3-small', apiKey: GATEWAY_KEY, configuration }).embedDocuments(['rain', 'wind']);
    assert.deepEqual(vectors.map((one) => one.length), [1536, 1536]);
  },

  async 'bad-key'() {
    const error = await refusal(chat({ apiKey: 'sk-gw-00000000-0123456789ABCDEFGHIJKLMNOPQRSTUV' }).invoke(question));
    assert.deepEqual([error.status, error.code, answers.length], [401, 'invalid_api_key', 1]);
  },

  // The tenant may have one request at once: the client waits as it is told, and comes again.
  async 'rate-limit'() {
    const waits = gate('langchain-first');
    const first = chat({ modelKwargs: { x_sim: { gate: 'langchain-first' } } }).invoke(question);
    await waits.reached();
    onAnswer.push((response) => response.status === 429 && waits.open());
    assert.match((await chat().invoke(question)).content, /^Sure/);
    await first;
    assert.deepEqual([answers[0].status, answers[0].headers.get('retry-after')], [429, '1']);
  },

  // The tenant's budget covers nothing: no client may hammer it.
  async 'spent-budget'() {
    const error = await refusal(chat().invoke(question));
    assert.equal(answers.length, 1, `${error}`);
    assert.equal(answers[0].status, 429);
    assert.match(error.message, /budget/i);
  },

  async 'too-long'() {
    const error = await refusal(chat({ maxTokens: 900_000 }).invoke(question));
    assert.deepEqual([error.status, answers.length], [400, 1]);
  },

  async 'broken-stream'() {
    let text = '';
    const error = await (async () => {
      for await (const chunk of await chat({ modelKwargs: { x_sim: { outputTokens: 50, cutAfterChunks: 6 } } }).stream(question)) text += chunk.content;
      assert.fail('It ended as if it were whole.');
    })().catch((error) => error);
    assert.doesNotMatch(String(error), /as if it were whole/);
    assert.match(text, /^Sure/);
  },
};

const result = await cases[process.argv[2]]();
console.log(JSON.stringify(result ?? {}));
