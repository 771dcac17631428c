using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace OrleansGateway;

/// <summary>
/// One tenant's deliveries: which are due, how they went, when they are tried again, and which are given up. A plain class with bounded memory;
/// whoever keeps it stores <see cref="ToState"/>.
/// </summary>
internal sealed class DeliveryQueue
{
    /// <summary>Deliveries that may wait; when one more comes, the oldest is given up.</summary>
    public const int MaxPending = 5_000;

    /// <summary>Delivered and dead ones that are remembered, each; the oldest are forgotten.</summary>
    public const int MaxEnded = 1_000;

    private const int HashBytes = 18;

    private readonly WebhookOptions _options;
    private readonly Random _random;
    private readonly SortedDictionary<long, WebhookDelivery> _deliveries = [];
    private readonly Dictionary<string, long> _numbers = [];
    private readonly HashSet<string> _underWay = [];
    private readonly int[] _counts = new int[Enum.GetValues<DeliveryStatus>().Length];
    private long _last;

    public DeliveryQueue(WebhookState state, WebhookOptions options, Random random)
    {
        (_options, _random, _last) = (options, random, state.Last);
        foreach (var delivery in state.Deliveries) Put(delivery);
    }

    public int Pending => _counts[(int)DeliveryStatus.Pending];

    /// <summary>When the next delivery that is not under way is due; null when none is.</summary>
    public DateTimeOffset? NextDue => Next()?.NextAttemptAt;

    /// <summary>Queues an event for an address. Idempotent for as long as the delivery is remembered.</summary>
    public void Add(WebhookEvent happening, string url, DateTimeOffset now)
    {
        var id = IdOf(happening, url);
        if (_numbers.ContainsKey(id)) return;
        Put(new WebhookDelivery
        {
            Id = id,
            Number = ++_last,
            Event = happening,
            Url = url,
            CreatedAt = now,
            GiveUpAt = now + _options.GiveUpAfter,
            NextAttemptAt = now,
        });
        if (Pending > MaxPending && Oldest(DeliveryStatus.Pending) is { } oldest) GiveUp(oldest, "It was the oldest of too many that wait.");
    }

    /// <summary>The delivery that has been due for longest, which is under way from now on; null when none is due.</summary>
    public WebhookDelivery? Take(DateTimeOffset now)
    {
        if (Next() is not { } next || next.NextAttemptAt > now) return null;
        _underWay.Add(next.Id);
        return next;
    }

    /// <summary>Notes how a try went. One that was begun anew or forgotten meanwhile is not touched.</summary>
    public void Ended(WebhookDelivery tried, WebhookAnswer answer, DateTimeOffset now)
    {
        _underWay.Remove(tried.Id);
        if (Find(tried.Id) is not { Status: DeliveryStatus.Pending } delivery) return;
        delivery = delivery with { Attempts = delivery.Attempts + 1, LastAttemptAt = now, LastStatus = answer.Status, LastError = answer.Error };
        var next = now + new Backoff(_options.FirstRetry, _options.LongestRetry).Before(delivery.Attempts - 1, _random);
        if (answer.Error is null)
        {
            Put(delivery with { Status = DeliveryStatus.Delivered, NextAttemptAt = null, DeliveredAt = now });
            Forget(DeliveryStatus.Delivered);
        }
        else if (next >= delivery.GiveUpAt)
        {
            GiveUp(delivery, answer.Error);
        }
        else
        {
            Put(delivery with { NextAttemptAt = next });
        }
    }

    /// <summary>Puts off a delivery that could not be tried.</summary>
    public void Postpone(WebhookDelivery taken, DateTimeOffset until)
    {
        _underWay.Remove(taken.Id);
        if (Find(taken.Id) is { Status: DeliveryStatus.Pending } delivery) Put(delivery with { NextAttemptAt = until });
    }

    /// <summary>Gives a delivery up: an operator took its webhook away.</summary>
    public void Drop(WebhookDelivery taken, string why)
    {
        _underWay.Remove(taken.Id);
        if (Find(taken.Id) is { Status: DeliveryStatus.Pending } delivery) GiveUp(delivery, why);
    }

    /// <summary>Begins a delivery anew; null when there is none of that id.</summary>
    public WebhookDelivery? Redeliver(string id, DateTimeOffset now)
    {
        if (Find(id) is not { } delivery) return null;
        delivery = delivery with { Status = DeliveryStatus.Pending, Attempts = 0, GiveUpAt = now + _options.GiveUpAfter, NextAttemptAt = now, DeliveredAt = null };
        Put(delivery);
        return delivery;
    }

    /// <summary>Deliveries numbered below another, newest first.</summary>
    public ImmutableArray<WebhookDelivery> Page(DeliveryStatus? status, long? before, int limit) =>
        [.. _deliveries.Values.Reverse().Where(d => (before is null || d.Number < before) && (status is null || d.Status == status)).Take(limit)];

    public WebhookState ToState() => new() { Last = _last, Deliveries = [.. _deliveries.Values] };

    private static string IdOf(WebhookEvent happening, string url) =>
        "dlv_" + System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes($"{happening.Id}\n{url}")).AsSpan(0, HashBytes));

    public WebhookDelivery? Find(string id) => _numbers.TryGetValue(id, out var number) ? _deliveries[number] : null;

    private WebhookDelivery? Next()
    {
        WebhookDelivery? next = null;
        if (Pending == 0) return next;
        foreach (var delivery in _deliveries.Values)
            if (delivery.Status == DeliveryStatus.Pending && (next is null || delivery.NextAttemptAt < next.NextAttemptAt) && !_underWay.Contains(delivery.Id)) next = delivery;
        return next;
    }

    private WebhookDelivery? Oldest(DeliveryStatus status)
    {
        foreach (var delivery in _deliveries.Values)
            if (delivery.Status == status) return delivery;
        return null;
    }

    private void GiveUp(WebhookDelivery delivery, string why)
    {
        Put(delivery with { Status = DeliveryStatus.Dead, NextAttemptAt = null, LastError = why });
        Forget(DeliveryStatus.Dead);
    }

    private void Forget(DeliveryStatus status)
    {
        if (_counts[(int)status] <= MaxEnded || Oldest(status) is not { } oldest) return;
        _deliveries.Remove(oldest.Number);
        _numbers.Remove(oldest.Id);
        _counts[(int)status]--;
    }

    private void Put(WebhookDelivery delivery)
    {
        if (_deliveries.TryGetValue(delivery.Number, out var before)) _counts[(int)before.Status]--;
        _deliveries[delivery.Number] = delivery;
        _numbers[delivery.Id] = delivery.Number;
        _counts[(int)delivery.Status]++;
    }
}

/// <summary>What is stored of a tenant's deliveries, in the order of their numbers.</summary>
internal sealed record WebhookState
{
    public long Last { get; init; }

    public ImmutableArray<WebhookDelivery> Deliveries { get; init; } = [];
}
