using OrleansGateway.Tests.TestKit;

namespace OrleansGateway.Tests.Unit.Reservations;

public sealed class OpenHoldsTests
{
    private readonly TestTenant _tenant = new();

    [Fact]
    public void A_hold_is_shown_with_what_an_operator_needs_to_look_it_up()
    {
        var plan = _tenant.Granted(_tenant.Request(user: "eve"));
        var made = _tenant.Now;
        var pending = Assert.Single(Page().Holds);
        Assert.Equal(
            new OpenHold
            {
                RequestId = plan.Hold.RequestId,
                Attempt = 1,
                State = OpenHoldState.Pending,
                KeyId = TestTenant.KeyId,
                User = "eve",
                Model = "gpt-4.1",
                AmountUsd = plan.Held,
                Since = made,
                Deadline = plan.Deadline,
            },
            pending);

        _tenant.Time.Advance(TimeSpan.FromMinutes(1));
        _tenant.Post(plan.Hold, Money.Zero, PostingKind.Suspense);

        Assert.Equal(pending with { State = OpenHoldState.Suspense, Since = _tenant.Now, Provider = "holysheep", Outcome = "ok" }, Assert.Single(Page().Holds));
    }

    [Fact]
    public void Pages_give_every_hold_once_the_oldest_first_whatever_ends_meanwhile()
    {
        var holds = new List<HoldId>();
        for (var i = 0; i < 10; i++)
        {
            // Several of one instant, too.
            if (i % 3 == 0) _tenant.Time.Advance(TimeSpan.FromSeconds(1));
            holds.Add(_tenant.Granted(_tenant.Request()).Hold);
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = OpenHolds.Page(_tenant.Account.Holds, null, cursor, 3);
            seen.AddRange(page.Holds.Select(h => h.RequestId));
            cursor = page.NextCursor;
            // The last one shown ends before the next page is asked for.
            _tenant.Post(holds.First(h => h.RequestId == seen[^1]), Money.Zero, PostingKind.Void);
        }
        while (cursor is not null);

        Assert.Equal(holds.Select(h => h.RequestId), seen);
    }

    [Fact]
    public void One_state_is_shown_alone()
    {
        var (one, two) = (_tenant.Granted(_tenant.Request()).Hold, _tenant.Granted(_tenant.Request()).Hold);
        _tenant.Post(two, Money.Zero, PostingKind.Suspense);
        Assert.Equal(one.RequestId, Assert.Single(Page(OpenHoldState.Pending).Holds).RequestId);
        Assert.Equal(two.RequestId, Assert.Single(Page(OpenHoldState.Suspense).Holds).RequestId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("x.1.req_1")]
    [InlineData("1.-1.req_1")]
    [InlineData("99999999999999999999.1.req_1")]
    public void A_cursor_that_is_none_is_refused(string cursor) => Assert.Throws<FormatException>(() => OpenHolds.Page(_tenant.Account.Holds, null, cursor, 3));

    [Fact]
    public void What_is_known_of_a_suspense_survives_a_snapshot()
    {
        var plan = _tenant.Granted(_tenant.Request());
        _tenant.Post(plan.Hold, Money.Zero, PostingKind.Suspense);
        var restored = _tenant.Restored(_tenant.Snapshot());
        Assert.Equal(Page().Holds, OpenHolds.Page(restored.Holds, null, null, 10).Holds);
    }

    private OpenHoldPage Page(OpenHoldState? state = null) => OpenHolds.Page(_tenant.Account.Holds, state, null, 10);
}
