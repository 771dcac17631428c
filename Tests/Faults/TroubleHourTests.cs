using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Faults;

/// <summary>
/// An hour of an upstream in trouble, on a fake clock, with the real pool and a tenant's real account: one answer in ten is a 429, one in fifty a 5xx, one in a
/// hundred is cut, and the model that is asked for cannot be reached for a third of the time. Nearly all whole answers come all the same, and nothing costs more
/// than was held for it.
/// </summary>
public sealed class TroubleHourTests
{
    private const int CallsPerSecond = 4;
    private const int Seconds = 3_600;
    private const string Answer =
        """{"choices":[{"index":0,"message":{"role":"assistant","content":"hi there"},"finish_reason":"stop"}],"usage":{"prompt_tokens":90,"completion_tokens":40}}""";
    private const string Events =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi there\"},\"finish_reason\":\"stop\"}]}\n\n"
        + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":90,\"completion_tokens\":40}}\n\ndata: [DONE]\n\n";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Of_an_hour_of_trouble_callers_of_whole_answers_notice_less_than_one_in_a_thousand_and_no_call_costs_more_than_its_hold(int seed)
    {
        using var hour = new Hour(seed);
        await Task.Run(hour.RunAsync, TestContext.Current.CancellationToken);

        var whole = hour.Ended.Where(call => !call.Stream).ToList();
        Assert.InRange(whole.Count, 10_000, int.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{whole.Count(call => call.Answered)} of {whole.Count} whole answers, {whole.Count(call => call.Fallback)} by another model; "
            + $"{hour.Tenant.Budget(BudgetWindow.Total).SettledUsd} settled, {hour.Tenant.Budget(BudgetWindow.Total).SuspenseUsd} in suspense, {hour.Billed} billed");
        var failed = whole.Count(call => !call.Answered);
        Assert.True(
            failed * 1_000 <= whole.Count,
            $"{failed} of {whole.Count} whole answers failed: "
            + string.Join(", ", whole.Where(call => !call.Answered).GroupBy(call => call.Word).Select(group => $"{group.Count()} {group.Key}")));
        Assert.True(
            hour.Limited > 1_000 && hour.ServerErrors > 200 && hour.Cuts > 100 && hour.Unreached > 50,
            $"{hour.Limited} 429s, {hour.ServerErrors} 5xx, {hour.Cuts} cuts, {hour.Unreached} calls while it was down.");
        Assert.InRange(whole.Count(call => call.Fallback), whole.Count / 4, whole.Count / 2);

        Assert.All(hour.Costs, cost => Assert.True(cost.Cost <= cost.Held, $"{cost.Cost} of {cost.Held}"));
        var budget = hour.Tenant.Budget(BudgetWindow.Total);
        Assert.Equal((Money.Zero, Money.Zero), (budget.HeldUsd, budget.AbsorbedUsd));
        Assert.Equal(hour.Costs.Aggregate(Money.Zero, (sum, cost) => sum + cost.Cost), budget.SettledUsd);
        Assert.True(hour.Billed <= budget.SettledUsd + budget.SuspenseUsd, $"{hour.Billed} were billed, {budget.SettledUsd} are settled and {budget.SuspenseUsd} in suspense.");
        Assert.DoesNotContain(hour.Tenant.Account.Holds, hold => !hold.InSuspense);
    }

    private sealed record Call(bool Stream, bool Answered, bool Fallback, string Word);

    private sealed class Hour : IHolds, IDisposable
    {
        private static readonly TimeSpan Step = TimeSpan.FromSeconds(1.0 / CallsPerSecond);

        private readonly Random _random;
        private readonly ServiceProvider _services;
        private readonly ScriptedUpstream _upstream;
        private readonly DateTimeOffset _start;

        public Hour(int seed)
        {
            _random = new Random(seed);
            Tenant = new TestTenant(TestTenant.Policy() with
            {
                Budgets = [new BudgetPolicy { Window = BudgetWindow.Total, LimitUsd = Money.FromUsd(1_000) }],
                Models = new ModelAccess
                {
                    Fallbacks = ImmutableDictionary<string, ImmutableArray<string>>.Empty
                        .Add("gpt-4.1", ["claude-sonnet-4.5", "gemini-2.5-flash", "deepseek-v3.2"]),
                },
            });
            _start = Tenant.Now;
            _upstream = new ScriptedUpstream(Tenant.Time) { Always = Respond };
            var providers = new ProvidersOptions();
            providers.Providers["holysheep"] = new ProviderOptions { BaseAddress = new Uri("https://upstream.test/v1"), ApiKey = "key" };
            _services = new ServiceCollection()
                .AddSingleton(typeof(ILogger<>), typeof(NullLogger<>))
                .AddSingleton<TimeProvider>(Tenant.Time)
                .AddSingleton(new Random(seed))
                .AddSingleton<IHolds>(this)
                .AddSingleton<IAnswerStore>(new InMemoryAnswerStore())
                .AddSingleton(Tenant.Health)
                .AddSingleton<UpstreamTransport>(_ => _upstream)
                .AddProviderPool(providers)
                .BuildServiceProvider();
        }

        public TestTenant Tenant { get; }

        public List<Call> Ended { get; } = [];

        /// <summary>What each posting cost, and what was held for it.</summary>
        public List<(Money Cost, Money Held)> Costs { get; } = [];

        public Money Billed { get; private set; }

        public int Limited { get; private set; }

        public int ServerErrors { get; private set; }

        public int Cuts { get; private set; }

        public int Unreached { get; private set; }

        public async Task RunAsync()
        {
            var pool = _services.GetRequiredService<IProviderPool>();
            var calls = new List<Task>();
            for (var i = 0; i < Seconds * CallsPerSecond; i++)
            {
                calls.Add(CallAsync(pool, stream: i % 5 == 0));
                Tenant.Time.Advance(Step);
                _upstream.Calls.Clear();
            }
            for (var i = 0; i < 1_000 && !calls.TrueForAll(call => call.IsCompleted); i++) Tenant.Time.Advance(Step);
            await Task.WhenAll(calls);
        }

        public Task<ReservationOutcome> ReserveAsync(string tenantId, ReservationRequest request) => Task.FromResult(Tenant.Reserve(request));

        public Task<PostingReceipt> PostAsync(string tenantId, Posting posting)
        {
            var hold = Tenant.Account.FindHold(posting.Hold) ?? throw new InvalidOperationException("It was not held.");
            if (posting.Kind == PostingKind.Posted) Costs.Add((posting.Cost, hold.Entry.Amount));
            var entry = PostingRules.Decide(Tenant.Account, posting, Tenant.Now)!;
            Tenant.Book(entry);
            return Task.FromResult(PostingRules.Receipt(entry));
        }

        public Task<ProviderPlan?> ExtendAsync(ProviderPlan plan) => throw new NotSupportedException("No stream of this hour holds slice by slice.");

        public Task<ProviderPlan?> HedgeAsync(ProviderPlan plan) => throw new NotSupportedException("No provider of this hour is hedged.");

        public Task<ProviderPlan?> RenewAsync(ProviderPlan plan, Posting suspense)
        {
            var last = Tenant.Account.FindHold(plan.Hold) ?? throw new InvalidOperationException("It was not held.");
            var next = Tenant.Admission.Next(last);
            Tenant.Book(PostingRules.Decide(Tenant.Account, suspense, Tenant.Now)!);
            if (next is not null) Tenant.Book(next.Value.Entry);
            return Task.FromResult(next?.Plan);
        }

        public void Dispose() => _services.Dispose();

        private async Task CallAsync(IProviderPool pool, bool stream)
        {
            var asked = new PoolCall("acme", Tenant.Request() with { Stream = stream }, ScriptedPool.Request(stream, includeUsage: stream));
            Ended.Add(await pool.ServeAsync(asked, stream ? new FakeSink() : null, CancellationToken.None) switch
            {
                PoolAnswer.Answered { Answer: ProviderAnswer.Completed whole } => new Call(stream, true, whole.By.Fallback, whole.Outcome),
                PoolAnswer.Answered { Answer: ProviderAnswer.Streamed streamed } => new Call(stream, true, streamed.By.Fallback, streamed.Outcome),
                PoolAnswer.Answered { Answer: ProviderAnswer.Failed failed } => new Call(stream, false, false, failed.Outcome),
                _ => new Call(stream, false, false, "refused"),
            });
        }

        private HttpResponseMessage Respond()
        {
            var body = _upstream.Calls[^1].Body;
            var down = Tenant.Now - _start is var passed && passed >= TimeSpan.FromMinutes(20) && passed < TimeSpan.FromMinutes(40);
            if (down && body.Contains("\"gpt-4.1\"", StringComparison.Ordinal))
            {
                Unreached++;
                throw new HttpRequestException(HttpRequestError.ConnectionError);
            }
            switch (_random.NextDouble())
            {
                case < 0.10:
                    Limited++;
                    return _random.Next(2) == 0 ? ScriptedUpstream.Response("{}", 429) : ScriptedUpstream.Response("{}", 429, headers: ("Retry-After", "1"));
                case < 0.12:
                    ServerErrors++;
                    return ScriptedUpstream.Response("{}", _random.Next(500, 505));
            }

            Billed += Tenant.Catalog.Models.Values.Single(model => body.Contains($"\"{model.Id}\"", StringComparison.Ordinal)).PriceAt(Tenant.Now)!.CostOf(new TokenUsage(90, 40));
            var stream = body.Contains("\"stream\":true", StringComparison.Ordinal);
            var text = stream ? Events : Answer;
            var content = new ScriptedStream();
            if (_random.NextDouble() < 0.01)
            {
                Cuts++;
                content.Then(text[..(text.Length / 3)]).ThenFail(new IOException("cut"));
            }
            else
            {
                content.Then(text);
            }
            var response = new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(content) };
            response.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(stream ? "text/event-stream" : "application/json");
            return response;
        }
    }
}
