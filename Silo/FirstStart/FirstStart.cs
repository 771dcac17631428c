using System.Security.Cryptography;

namespace OrleansGateway;

/// <summary>
/// Prints what a person needs who has just started the gateway. Secrets go to the console only, never through the log. What the first start
/// makes is made once in the life of a store, whichever silo is first.
/// </summary>
internal sealed partial class FirstStart(IGrainFactory grains, SiloSettings settings, ILogger<FirstStart> logger, EmbeddedSimulator? simulator = null)
{
    private const string DemoTenant = "demo";

    public async Task WelcomeAsync(WebApplication app)
    {
        try
        {
            await PrintAsync(app.Urls.FirstOrDefault());
        }
        catch (Exception e)
        {
            LogFailed(e);
        }
    }

    private async Task PrintAsync(string? listener)
    {
        var address = (listener ?? "http://localhost:8080").Replace("*", "localhost", StringComparison.Ordinal).Replace("[::]", "localhost", StringComparison.Ordinal).TrimEnd('/');
        if (settings.Simulate)
        {
            Print(
                "",
                "*** SIMULATED: HOLYSHEEP_API_KEY is not set, so answers come from a built-in simulator (x-gateway-provider: simulator). ***",
                $"*** What it would have billed: {new Uri(simulator!.BaseAddress, "/__sim/bill")} ***");
        }
        var keeper = grains.GetGrain<IOperatorGrain>(0);
        if (settings.AdminKey.Hash is null)
        {
            var adminKey = "admin-" + RandomNumberGenerator.GetHexString(64, lowercase: true);
            if (await keeper.ClaimAdminKey(ApiKeyHash.Of(adminKey)))
                Print("", "Admin key (shown once, kept only as a hash; GATEWAY_ADMIN_KEY sets one of your own):", $"  {adminKey}");
        }

        if (!settings.Production && await keeper.ClaimFirstStart()) await PrintDemoAsync(address);
        if (settings.Gateway.Http) Print("", $"OrleansGateway serves {address}", "");
    }

    private async Task PrintDemoAsync(string address)
    {
        var demo = grains.GetGrain<ITenantAdminGrain>(DemoTenant);
        var policy = new TenantPolicy
        {
            Id = DemoTenant,
            Name = "Demo",
            Limits = new QuotaLimits { RequestsPerMinute = 600, ConcurrentRequests = 100 },
            Budgets = [new BudgetPolicy { Window = BudgetWindow.Month, LimitUsd = Money.FromUsd(10m) }],
        };
        await demo.Open(policy);
        if (await demo.IssueKey(new ApiKeyChange { Name = "demo" }) is not AdminOutcome<IssuedApiKey>.Done { Value: var key }) return;
        Print(
            "",
            $"Demo tenant '{DemoTenant}' with a budget of 10 USD a month and this api key (shown once):",
            $"  {key.Secret}",
            "",
            "Try it:",
            $$"""  curl {{address}}/v1/chat/completions -H 'Authorization: Bearer {{key.Secret}}' -H 'Content-Type: application/json' -d '{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}]}'""");
    }

    private static void Print(params ReadOnlySpan<string> lines)
    {
        foreach (var line in lines) Console.Out.WriteLine(line);
    }

    [LoggerMessage(EventName = "first_start_failed", Level = LogLevel.Error, Message = "The first start's admin key and demo tenant could not be made; restart the gateway to try again")]
    private partial void LogFailed(Exception exception);
}
