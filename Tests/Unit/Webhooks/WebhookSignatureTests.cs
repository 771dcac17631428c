using System.Text;

namespace OrleansGateway.Tests.Unit.Webhooks;

public sealed class WebhookSignatureTests
{
    /// <summary>The example that the specification's own libraries are tested with.</summary>
    [Fact]
    public void The_specifications_example_has_the_specifications_signature()
    {
        Assert.True(WebhookSecret.TryRead("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", out var key));

        var signature = WebhookSignature.Of(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, Encoding.UTF8.GetBytes("""{"test": 2432232314}"""));

        Assert.Equal("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", signature);
    }

    [Fact]
    public void A_body_has_the_events_fields_and_the_same_bytes_each_time()
    {
        var happening = new WebhookEvent
        {
            Id = "evt_1",
            Type = WebhookEvent.BudgetThresholdType,
            At = new DateTimeOffset(2026, 6, 15, 12, 0, 0, TimeSpan.Zero),
            Threshold = new BudgetThreshold
            {
                Scope = "user:ann",
                Window = BudgetWindow.Day,
                WindowStart = new DateTimeOffset(2026, 6, 15, 0, 0, 0, TimeSpan.Zero),
                ResetsAt = new DateTimeOffset(2026, 6, 16, 0, 0, 0, TimeSpan.Zero),
                Threshold = 0.8m,
                LimitUsd = Money.FromUsd(1),
                SpentUsd = Money.FromUsd(0.800000001m),
            },
        };

        Assert.Equal(
            """{"id":"evt_1","type":"budget.threshold","at":"2026-06-15T12:00:00+00:00","tenant":"acme","data":{"scope":"user:ann","window":"day","windowStart":"2026-06-15T00:00:00+00:00","resetsAt":"2026-06-16T00:00:00+00:00","threshold":0.8,"limitUsd":1,"spentUsd":0.800000001}}""",
            Encoding.UTF8.GetString(WebhookBody.Of("acme", happening)));
        Assert.Equal("""{"id":"t","type":"webhook.test","at":"2026-06-15T12:00:00+00:00","tenant":"acme","data":{}}""",
            Encoding.UTF8.GetString(WebhookBody.Of("acme", new WebhookEvent { Id = "t", Type = WebhookEvent.TestType, At = happening.At })));
    }

    [Theory]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true)]
    [InlineData("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false)]
    [InlineData("whsec_", false)]
    [InlineData("whsec_c2hvcnQ=", false)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw!", false)]
    [InlineData("whsec_ MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false)]
    [InlineData("WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", false)]
    public void A_secret_has_one_spelling(string secret, bool right) => Assert.Equal(right, WebhookSecret.TryRead(secret, out _));

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void A_secret_has_24_to_64_bytes(int bytes, bool right) => Assert.Equal(right, WebhookSecret.TryRead("whsec_" + Convert.ToBase64String(new byte[bytes]), out _));

    [Fact]
    public void A_policy_never_prints_or_shows_its_secrets_but_for_one_just_made()
    {
        const string Given = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        var asked = new TenantPolicy { Id = "acme", Webhooks = [Hook("https://a.example/", Given), Hook("https://b.example/")] };

        var (filled, made) = WebhookSecret.Fill(asked.Webhooks, before: null);
        var booked = asked with { Webhooks = filled };

        Assert.Equal([null, Assert.Single(made)], WebhookSecret.Hide(booked, made).Webhooks.Select(w => w.Secret));
        Assert.Equal([null, null], WebhookSecret.Hide(booked).Webhooks.Select(w => w.Secret));
        Assert.DoesNotContain("whsec_", $"{booked} {booked.Webhooks[0]}", StringComparison.Ordinal);
        Assert.Contains("a.example", $"{booked.Webhooks[0]}", StringComparison.Ordinal);

        // Written again without them, each address keeps its own; a new one for an address takes its place.
        var (kept, madeAgain) = WebhookSecret.Fill([Hook("https://b.example/"), Hook("https://a.example/", "whsec_" + Convert.ToBase64String(new byte[24]))], booked);
        Assert.Equal(made.Single(), kept[0].Secret);
        Assert.NotEqual(Given, kept[1].Secret);
        Assert.Empty(madeAgain);
    }

    private static WebhookPolicy Hook(string url, string? secret = null) => new() { Url = url, Events = [WebhookEvent.BudgetThresholdType], Secret = secret };
}
