using System.Net;
using System.Text.Json;
using OrleansGateway.Simulator;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>One gateway for tests that need no settings of their own; each opens its own tenants.</summary>
public sealed class SharedGateway : IAsyncLifetime
{
    internal TestGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gateway = await TestGateway.StartAsync();

    public ValueTask DisposeAsync() => Gateway.DisposeAsync();
}

[CollectionDefinition(nameof(SharedGateway))]
public sealed class UsesSharedGateway : ICollectionFixture<SharedGateway>;

[Collection(nameof(SharedGateway))]
public sealed class ChatTests(SharedGateway shared)
{
    private TestGateway Gateway => shared.Gateway;

    [Fact]
    public async Task An_answer_passes_through_byte_for_byte_with_its_price_in_the_headers_and_the_ledger()
    {
        var caller = await Gateway.OpenTenantAsync();

        using var response = await caller.ChatAsync("""{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"x_sim":{"cachedTokens":2}}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var usage = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("usage");
        var entry = Assert.Single(await caller.LedgerAsync());
        Assert.Equal("posted", entry.GetProperty("kind").GetString());
        Assert.Equal(Header(response, "x-request-id"), entry.GetProperty("requestId").GetString());
        Assert.Equal(usage.GetProperty("prompt_tokens").GetInt64(), entry.GetProperty("inputTokens").GetInt64());
        Assert.Equal(9, entry.GetProperty("outputTokens").GetInt64());
        Assert.Equal(2, entry.GetProperty("cachedInputTokens").GetInt64());
        Assert.Equal(Header(response, "x-gateway-cost-usd"), entry.GetProperty("costUsd").GetRawText());
        Assert.Equal(("holysheep", "gpt-4.1", "1"), (Header(response, "x-gateway-provider"), Header(response, "x-gateway-model"), Header(response, "x-gateway-attempts")));
    }

    [Fact]
    public async Task A_retry_that_succeeds_is_billed_once()
    {
        var caller = await Gateway.OpenTenantAsync("""{"budgets":[{"window":"month","limitUsd":1}]}""");
        Gateway.Simulator.Script.Next(new SimulatorScript { Status = 429, RetryAfter = "0" }, "gemini-2.5-flash");

        using var response = await caller.ChatAsync("""{"model":"gemini-2.5-flash","messages":[{"role":"user","content":"Hello"}]}""");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("2", Header(response, "x-gateway-attempts"));
        Assert.Single(await caller.LedgerAsync());
    }

    [Fact]
    public async Task A_request_is_one_log_event_without_prompt_answer_or_key()
    {
        var caller = await Gateway.OpenTenantAsync();

        using var response = await caller.ChatAsync("""{"model":"gpt-4.1","messages":[{"role":"user","content":"xyzzy-prompt"}],"max_tokens":9}""");
        using var refused = await caller.ChatAsync("""{"model":"no-such-model","messages":[{"role":"user","content":"xyzzy-prompt"}]}""");
        await caller.LedgerAsync(); // an admin call, whose log comes after

        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement
            .GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        foreach (var id in new[] { Header(response, "x-request-id")!, Header(refused, "x-request-id")! })
        {
            var line = Assert.Single(Gateway.Log.Lines, l => l.Contains(id, StringComparison.Ordinal));
            foreach (var part in new[] { caller.TenantId, caller.KeyId, "DurationMs", "CostUsd", "Outcome" }) Assert.Contains(part, line, StringComparison.Ordinal);
        }
        foreach (var secret in new[] { "xyzzy-prompt", answer, caller.Key, TestGateway.AdminKey, "upstream-key" })
            Assert.DoesNotContain(Gateway.Log.Lines, l => l.Contains(secret, StringComparison.Ordinal));
    }

    private static string? Header(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(",", values) : null;
}
