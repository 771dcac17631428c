using System.Text;
using System.Text.Json.Nodes;
using OrleansGateway.Soak;

namespace OrleansGateway.LoadTest;

/// <summary>Draws whose call is next, and writes it.</summary>
internal sealed class CallSource
{
    private const int MaxNumbers = 16;

    private readonly LoadTestOptions _options;
    private readonly IReadOnlyList<LoadTenant> _tenants;
    private readonly Random _random;
    private readonly byte[]? _fixed;
    private readonly string _padding;
    private int _number;

    public CallSource(LoadTestOptions options, IReadOnlyList<LoadTenant> tenants, Random random)
    {
        (_options, _tenants, _random) = (options, tenants, random);
        _fixed = options.BodyFile is { } file ? File.ReadAllBytes(file) : null;
        _padding = string.Concat(Enumerable.Repeat("and then ", (options.PromptBytes / 9) + 1))[..Math.Max(0, options.PromptBytes - MaxNumbers)];
    }

    /// <summary>The next call: what is asked, by whom, and its bytes.</summary>
    public (CallPlan Plan, LoadTenant Tenant, string? Key, byte[] Body) Next()
    {
        var tenant = _tenants[_random.Next(_tenants.Count)];
        var plan = new CallPlan(++_number, _options.Path, _options.Model, _options.Stream, _options.MaxTokens, null, UsageLies: false);
        return (plan, tenant, tenant.Keys.Count == 0 ? null : tenant.Keys[_random.Next(tenant.Keys.Count)], _fixed ?? Write(plan));
    }

    private byte[] Write(CallPlan plan)
    {
        if (_padding.Length == 0) return Encoding.UTF8.GetBytes(plan.Body());
        var body = JsonNode.Parse(plan.Body())!.AsObject();
        if (body["messages"] is JsonArray messages) messages[0]!["content"] = $"{messages[0]!["content"]} {_padding}";
        else body["input"] = $"{body["input"]} {_padding}";
        return Encoding.UTF8.GetBytes(body.ToJsonString());
    }
}
