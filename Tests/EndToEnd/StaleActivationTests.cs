using Microsoft.Extensions.DependencyInjection;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.EndToEnd;

/// <summary>A tenant's activation whose book another has written, as after a freeze: it says nothing of holds that it does not know.</summary>
public sealed class StaleActivationTests
{
    [Fact]
    public async Task A_posting_that_reaches_an_activation_that_does_not_know_its_hold_yet_is_booked_by_the_next_one()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (tenant, held) = await HeldByAnotherAsync(gateway);
        var posting = new Posting { Hold = held.Hold, Kind = PostingKind.Posted, Cost = held.Amount, Outcome = "ok", Provider = "holysheep", Model = held.Model };

        await Assert.ThrowsAsync<StaleActivationException>(() => tenant.Post(posting));
        var receipt = await tenant.Post(posting);

        Assert.Equal(held.Amount, receipt.Invoiced);
        Assert.Equal(held.Amount, Assert.Single((await tenant.Ledger(null, null, null, 10)).Entries).CostUsd);
    }

    [Fact]
    public async Task A_renewal_that_reaches_one_puts_the_hold_in_suspense_at_the_next_one()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (tenant, held) = await HeldByAnotherAsync(gateway);
        var suspense = new Posting { Hold = held.Hold, Kind = PostingKind.Suspense, Outcome = "interrupted" };
        var plan = new ProviderPlan
        {
            TenantId = "",
            Hold = held.Hold,
            Held = held.Amount,
            Deadline = held.Deadline,
            InputTokens = held.InputTokens,
            OutputTokens = held.OutputTokens,
            CapOutput = false,
            Choices = 1,
            Targets = [],
        };

        await Assert.ThrowsAsync<StaleActivationException>(() => tenant.Renew(plan, suspense));
        var renewed = await tenant.Renew(plan, suspense);

        Assert.Equal(held.Hold with { Attempt = 2 }, renewed?.Hold);
        Assert.Equal(held.Amount, (await tenant.Quota(null, null)).Budgets[0].SuspenseUsd);
    }

    [Fact]
    public async Task A_void_of_a_hold_that_ended_longer_ago_than_memory_goes_is_not_booked_again()
    {
        await using var gateway = await TestGateway.StartAsync();
        var (tenant, held) = await HeldByAnotherAsync(gateway, endedAgo: ClosedHolds.Kept + TimeSpan.FromMinutes(1));
        var posting = new Posting { Hold = held.Hold, Kind = PostingKind.Void, Outcome = "not_admitted" };
        await Assert.ThrowsAsync<StaleActivationException>(() => tenant.Post(posting with { Hold = new HoldId("req_unknown", 1), Kind = PostingKind.Suspense }));

        await tenant.Post(posting);

        Assert.Equal(["req_other", "req_later"], (await tenant.Ledger(null, null, null, 10)).Entries.Select(line => line.RequestId));
    }

    /// <summary>A tenant whose activation has read its book, and a hold that came into the book after that; it may have ended, and another one later.</summary>
    private static async Task<(ITenantGrain Tenant, BookEntry.Held Held)> HeldByAnotherAsync(TestGateway gateway, TimeSpan? endedAgo = null)
    {
        var caller = await gateway.OpenTenantAsync("""{"budgets":[{"window":"total","limitUsd":5}]}""");
        var tenant = gateway.Services.GetRequiredService<IGrainFactory>().GetGrain<ITenantGrain>(caller.TenantId);
        await tenant.Quota(null, null);
        var now = gateway.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var held = new BookEntry.Held
        {
            At = now,
            Request = "req_other",
            Attempt = 1,
            KeyId = caller.KeyId,
            Model = "gpt-4.1",
            Amount = Money.FromUsd(0.01m),
            Deadline = now.AddMinutes(5),
            InputTokens = 100,
            OutputTokens = 100,
            Choices = 1,
        };
        var book = gateway.Services.GetRequiredService<IBook>();
        var entries = new List<BookEntry> { held };
        if (endedAgo is { } ago) entries.AddRange([Void(held.Request, now - ago), held with { Request = "req_later" }, Void("req_later", now)]);
        var appended = await book.AppendAsync(
            caller.TenantId,
            await book.CountAsync(caller.TenantId, default),
            [.. entries.Select(entry => (ReadOnlyMemory<byte>)entry.ToBytes())],
            default);
        Assert.True(appended.Appended);
        return (tenant, held);

        BookEntry.Voided Void(string request, DateTimeOffset at) => new()
        {
            At = at,
            Request = request,
            Attempt = 1,
            KeyId = caller.KeyId,
            Model = "gpt-4.1",
            Outcome = "not_admitted",
        };
    }
}
