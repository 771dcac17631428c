using System.Net.Http.Headers;
using System.Text;

namespace OrleansGateway.Soak;

/// <summary>When a caller hangs up.</summary>
internal enum HangUp
{
    /// <summary>Some milliseconds after asking, whatever has come by then: often nothing.</summary>
    BeforeHeaders,

    /// <summary>With the first bytes of the answer in hand.</summary>
    AfterFirstEvent,

    /// <summary>Somewhere within the answer.</summary>
    MidStream,

    /// <summary>Not at all.</summary>
    Never,
}

/// <summary>
/// Calls whose callers hang up at moments drawn from a seed, one in ten not streamed, one in ten heard to its end. The upstream takes its time, so that
/// most go while it is still writing.
/// </summary>
internal sealed class DisconnectStorm : IDisposable
{
    private static readonly string[] Routes = [CallPlan.Chat, CallPlan.Chat, CallPlan.ShortChat, CallPlan.Responses, CallPlan.Messages];

    private static readonly string[] Scripts =
    [
        """{"latencyMs":5,"outputTokens":12,"chunkDelayMs":3}""",
        """{"outputTokens":25,"chunkDelayMs":2}""",
        """{"latencyMs":25,"outputTokens":8}""",
        """{"outputTokens":30,"cachedTokens":6,"reasoningTokens":9,"ttftMs":10}""",
        """{"outputTokens":15,"usage":"cumulative","chunkDelayMs":2}""",
    ];

    private readonly List<HttpClient> _fronts;
    private readonly string _key;
    private readonly int _seed;
    private readonly TimeProvider _time;
    private readonly int[] _hungUp = new int[Enum.GetValues<HangUp>().Length];
    private int _number;
    private int _refused;

    public DisconnectStorm(IEnumerable<Uri> fronts, string key, int seed, TimeProvider time)
    {
        // A connection whose answer is not wanted any more is closed, not read to its end for another use.
        _fronts = [.. fronts.Select(address => new HttpClient(new SocketsHttpHandler { MaxResponseDrainSize = 0 }) { BaseAddress = address })];
        (_key, _seed, _time) = (key, seed, time);
    }

    /// <summary>How many callers left in which way.</summary>
    public IEnumerable<(HangUp When, int Count)> HungUp => Enum.GetValues<HangUp>().Select(when => (when, _hungUp[(int)when]));

    /// <summary>Calls that the gateway refused.</summary>
    public int Refused => _refused;

    /// <summary>So many calls at once; completes when the last caller has gone.</summary>
    public Task WaveAsync(int calls) => Task.WhenAll(Enumerable.Range(0, calls).Select(_ => PlaceAsync(++_number)));

    public void Dispose()
    {
        foreach (var front in _fronts) front.Dispose();
    }

    private async Task PlaceAsync(int number)
    {
        // Of the number alone, so that calls that overlap draw the same whatever the order in which they run.
        var random = new Random(unchecked((_seed * 31) + number));
        var stream = random.Next(10) > 0;
        var plan = new CallPlan(number, Routes[random.Next(Routes.Length)], "gpt-4.1", stream, 40, Scripts[random.Next(Scripts.Length)], false);
        var when = random.Next(10) == 0 ? HangUp.Never : (HangUp)random.Next(3);
        using var leaving = when == HangUp.BeforeHeaders ? new CancellationTokenSource(TimeSpan.FromMilliseconds(random.Next(0, 40)), _time) : null;
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, plan.Route) { Content = new StringContent(plan.Body(), Encoding.UTF8, "application/json") };
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
            using var response = await _fronts[number % _fronts.Count].SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leaving?.Token ?? default);
            if (!response.IsSuccessStatusCode) Interlocked.Increment(ref _refused);
            await ReadAsync(response, when, random, leaving?.Token ?? default);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // Gone.
        }
        Interlocked.Increment(ref _hungUp[(int)when]);
    }

    private static async Task ReadAsync(HttpResponseMessage response, HangUp when, Random random, CancellationToken leaving)
    {
        await using var answer = await response.Content.ReadAsStreamAsync(leaving);
        var left = when switch
        {
            HangUp.AfterFirstEvent => 1,
            HangUp.MidStream => random.Next(200, 6_000),
            _ => int.MaxValue,
        };
        var buffer = new byte[256];
        while (left > 0 && await answer.ReadAsync(buffer.AsMemory(0, Math.Min(left, buffer.Length)), leaving) is > 0 and var read) left -= read;
    }
}
