using System.Security.Cryptography;

namespace OrleansGateway;

/// <summary>
/// Prints what a person needs who has just started the gateway. Secrets go to the console only, never through the log. What the first start
/// makes is made once in the life of a store, whichever silo is first; it is printed before the store is told that it is made, so that what
/// fails in between is made anew by the next start.
/// </summary>
internal sealed partial class FirstStart(IGrainFactory grains, SiloSettings settings, ILogger<FirstStart> logger, EmbeddedSimulator? simulator = null, TextWriter? console = null)
{
    private const string DemoTenant = "demo";

    private readonly TextWriter _console = console ?? Console.Out;

    /// <param name="listener">Where the process serves callers; null when it does not.</param>
    public async Task WelcomeAsync(string? listener)
    {
        LogBooks(settings.PlaceOfBooks);
        try
        {
            await PrintAsync(listener);
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
        if (settings.AdminKey.Hash is null && !await keeper.HasAdminKey()) await PrintAdminKeyAsync(keeper);
        if (!settings.Production && await keeper.IsFirstStart())
        {
            await PrintDemoAsync(address);
            await keeper.ClaimFirstStart();
        }
        if (settings.Gateway.Http) Print("", $"OrleansGateway serves {address}", "");
    }

    private async Task PrintAdminKeyAsync(IOperatorGrain keeper)
    {
        var adminKey = "admin-" + RandomNumberGenerator.GetHexString(64, lowercase: true);
        Print("", "Admin key (shown once, kept only as a hash; GATEWAY_ADMIN_KEY sets one of your own):", $"  {adminKey}");
        if (!await keeper.ClaimAdminKey(ApiKeyHash.Of(adminKey))) Print("Another silo has printed one at the same moment: that one is known, this one is not.");
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
        await demo.Open(policy); // there already, when an earlier start came no further
        if (await demo.IssueKey(new ApiKeyChange { Name = "demo" }) is not AdminOutcome<IssuedApiKey>.Done { Value: var key })
            throw new InvalidOperationException("The demo tenant got no api key.");
        Print(
            "",
            $"Demo tenant '{DemoTenant}' with a budget of 10 USD a month and this api key (shown once):",
            $"  {key.Secret}",
            "",
            "Try it:",
            $$"""  curl {{address}}/v1/chat/completions -H 'Authorization: Bearer {{key.Secret}}' -H 'Content-Type: application/json' """
            + """-d '{"model":"gpt-4.1","messages":[{"role":"user","content":"Hello"}]}'""");
    }

    private void Print(params ReadOnlySpan<string> lines)
    {
        foreach (var line in lines) _console.WriteLine(line);
    }

    [LoggerMessage(EventName = "books_kept", Level = LogLevel.Information, Message = "The books are kept in {Place}")]
    private partial void LogBooks(string place);

    [LoggerMessage(EventName = "first_start_failed", Level = LogLevel.Error,
        Message = "The first start's admin key and demo tenant could not be made, or not all of it; a restart makes what is not printed above")]
    private partial void LogFailed(Exception exception);
}
