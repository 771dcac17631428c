using System.Diagnostics;

namespace OrleansGateway.Tests.TestKit;

/// <summary>Waits for something in another process that nothing announces: asked again and again, with a bound.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    public static async Task<T> BecomesAsync<T>(Func<Task<T>> ask, Func<T, bool> wanted, TimeSpan within, string what)
    {
        var started = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Period);
        while (true)
        {
            var answer = await ask();
            if (wanted(answer)) return answer;
            Assert.True(Stopwatch.GetElapsedTime(started) < within, $"{what} did not come about within {within}; last seen: {answer}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Whether it comes about in time. Of what another process does only a wait by the machine's clock can say that it does not.</summary>
    public static async Task<bool> ComesAsync(Task coming, TimeSpan within) => await Task.WhenAny(coming, Task.Delay(within, TimeProvider.System)) == coming;
}
