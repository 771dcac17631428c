using System.Globalization;

namespace OrleansGateway.Simulator;

/// <summary>How many requests a minute each key may make of each model, told in OpenAI's headers; what was used comes back evenly.</summary>
public sealed class RateLimits
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Dictionary<(string Key, string Model), (double Left, long At)> _left = [];
    private int? _perMinute;
    private int _refused;

    internal RateLimits(SimulatorOptions options) => (_time, _perMinute) = (options.TimeProvider, options.RequestsPerMinute);

    /// <summary>The limit; null for none. Setting it makes all of it available again.</summary>
    public int? RequestsPerMinute
    {
        get
        {
            lock (_lock) return _perMinute;
        }

        set
        {
            lock (_lock)
            {
                _perMinute = value;
                _left.Clear();
            }
        }
    }

    /// <summary>Calls that were refused.</summary>
    public int Refused => Volatile.Read(ref _refused);

    /// <summary>Counts a call and writes the headers; false when it is one too many.</summary>
    internal bool Take(HttpContext http, string? model)
    {
        lock (_lock)
        {
            if (_perMinute is not { } limit) return true;
            var name = (http.Request.Headers.Authorization.ToString(), model ?? "");
            var now = _time.GetTimestamp();
            var left = _left.TryGetValue(name, out var known) ? Math.Min(limit, known.Left + (_time.GetElapsedTime(known.At, now).TotalMinutes * limit)) : limit;
            var taken = left >= 1;
            if (taken) left--;
            _left[name] = (left, now);

            var headers = http.Response.Headers;
            headers["x-ratelimit-limit-requests"] = limit.ToString(CultureInfo.InvariantCulture);
            headers["x-ratelimit-remaining-requests"] = ((int)left).ToString(CultureInfo.InvariantCulture);
            headers["x-ratelimit-reset-requests"] = string.Create(CultureInfo.InvariantCulture, $"{(limit - left) / limit * 60:0.###}s");
            if (taken) return true;
            headers.RetryAfter = Math.Ceiling((1 - left) / limit * 60).ToString(CultureInfo.InvariantCulture);
            Interlocked.Increment(ref _refused);
            return false;
        }
    }
}
