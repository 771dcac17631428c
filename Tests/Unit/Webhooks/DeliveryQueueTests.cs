using System.Text.Json;

namespace OrleansGateway.Tests.Unit.Webhooks;

public sealed class DeliveryQueueTests
{
    private const string Url = "https://hooks.example/";
    private static readonly DateTimeOffset Noon = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);
    private static readonly WebhookOptions Options = new();

    [Fact]
    public void An_event_is_queued_once_for_each_address()
    {
        var queue = Queue();
        for (var i = 0; i < 3; i++)
        {
            queue.Add(Event(1), Url, Noon.AddHours(i));
            queue.Add(Event(1), "https://other.example/", Noon.AddHours(i));
        }
        Assert.Equal(2, queue.Pending);

        // Still known when it was delivered, and after a restart.
        queue.Ended(queue.Take(Noon)!, new WebhookAnswer(Url, 204, null), Noon);
        queue = Queue(Stored(queue));
        queue.Add(Event(1), Url, Noon);
        Assert.Equal(1, queue.Pending);
    }

    [Fact]
    public void What_fails_is_tried_again_later_and_later_for_a_day_and_is_then_dead()
    {
        var queue = Queue();
        queue.Add(Event(1), Url, Noon);
        var now = Noon;
        var waits = new List<TimeSpan>();
        while (queue.Take(now) is { } delivery)
        {
            Assert.Null(queue.Take(now));
            queue.Ended(delivery, new WebhookAnswer(Url, 500, "The answer was 500; a 2xx acknowledges."), now);
            if (queue.NextDue is not { } next) break;
            Assert.Null(queue.Take(next.AddTicks(-1)));
            waits.Add(next - now);
            now = next;
        }

        for (var i = 0; i < waits.Count; i++)
        {
            var full = TimeSpan.FromSeconds(Math.Min(5 * Math.Pow(2, i), 3_600));
            Assert.InRange(waits[i], full / 2, full);
        }
        Assert.True(now - Noon > TimeSpan.FromHours(22) && now - Noon < Options.GiveUpAfter, $"{now - Noon}");
        Assert.True(waits.Count > 30, $"{waits.Count}");
        var dead = Assert.Single(queue.Page(DeliveryStatus.Dead, null, 10));
        Assert.Equal((waits.Count + 1, 500, null), (dead.Attempts, dead.LastStatus, dead.NextAttemptAt));

        // And begins anew at a word.
        Assert.Null(queue.Redeliver("dlv_unknown", now));
        Assert.Equal((DeliveryStatus.Pending, 0), (queue.Redeliver(dead.Id, now)!.Status, queue.Find(dead.Id)!.Attempts));
        queue.Ended(queue.Take(now)!, new WebhookAnswer(Url, 200, null), now);
        Assert.Equal((DeliveryStatus.Delivered, now, null), (queue.Find(dead.Id)!.Status, queue.Find(dead.Id)!.DeliveredAt!.Value, queue.Find(dead.Id)!.LastError));
    }

    [Fact]
    public void What_was_under_way_when_the_activation_was_lost_is_due_again()
    {
        var queue = Queue();
        queue.Add(Event(1), Url, Noon);
        Assert.NotNull(queue.Take(Noon));
        Assert.Null(queue.Take(Noon));

        Assert.NotNull(Queue(Stored(queue)).Take(Noon));
    }

    [Fact]
    public void What_cannot_be_tried_is_put_off_and_what_nobody_wants_is_dead()
    {
        var queue = Queue();
        queue.Add(Event(1), Url, Noon);
        queue.Postpone(queue.Take(Noon)!, Noon.AddSeconds(5));
        Assert.Null(queue.Take(Noon.AddSeconds(4)));

        queue.Drop(queue.Take(Noon.AddSeconds(5))!, "gone");

        Assert.Equal((0, "gone", 0), (queue.Pending, Assert.Single(queue.Page(DeliveryStatus.Dead, null, 10)).LastError, queue.Page(DeliveryStatus.Dead, null, 10)[0].Attempts));
    }

    [Fact]
    public void Memory_is_bounded_and_the_oldest_give_way()
    {
        var queue = Queue();
        for (var i = 0; i < DeliveryQueue.MaxPending + DeliveryQueue.MaxEnded + 7; i++) queue.Add(Event(i), Url, Noon);
        Assert.Equal(DeliveryQueue.MaxPending, queue.Pending);
        Assert.Equal(DeliveryQueue.MaxEnded, queue.Page(DeliveryStatus.Dead, null, int.MaxValue).Length);
        Assert.Equal("evt_7", queue.Page(DeliveryStatus.Dead, null, int.MaxValue)[^1].Event.Id);

        for (var i = 0; i < DeliveryQueue.MaxEnded + 5; i++) queue.Ended(queue.Take(Noon)!, new WebhookAnswer(Url, 200, null), Noon);
        Assert.Equal(DeliveryQueue.MaxEnded, queue.Page(DeliveryStatus.Delivered, null, int.MaxValue).Length);
    }

    [Fact]
    public void Pages_go_from_the_newest_to_the_oldest()
    {
        var queue = Queue();
        for (var i = 0; i < 5; i++) queue.Add(Event(i), Url, Noon);

        var first = queue.Page(null, null, 2);
        var rest = queue.Page(DeliveryStatus.Pending, first[^1].Number, 10);

        Assert.Equal(["evt_4", "evt_3", "evt_2", "evt_1", "evt_0"], first.Concat(rest).Select(d => d.Event.Id));
        Assert.Empty(queue.Page(DeliveryStatus.Dead, null, 10));
    }

    private static DeliveryQueue Queue(WebhookState? state = null) => new(state ?? new WebhookState(), Options, new Random(1));

    private static WebhookState Stored(DeliveryQueue queue) => JsonSerializer.Deserialize<WebhookState>(JsonSerializer.Serialize(queue.ToState()))!;

    private static WebhookEvent Event(int number) => new() { Id = $"evt_{number}", Type = WebhookEvent.BudgetThresholdType, At = Noon };
}
