using System.Diagnostics;
using System.Globalization;

namespace OrleansGateway;

/// <summary>
/// Ends this process, as <c>kill -9</c> would, when it has come to a <see cref="FailPoint"/> so many times: for the tests that compare the
/// books after a crash at every step. Armed by the environment variable <see cref="Variable"/> only, and hosts refuse to start with it unless
/// <c>DOTNET_ENVIRONMENT</c> is <see cref="Environment"/>. Unarmed, a hit is a test of a constant that the JIT drops.
/// </summary>
public static class FailPoints
{
    /// <summary>The variable that arms one: <c>AfterHoldAppend@20</c> kills at the 20th hit; without a number, at the first.</summary>
    public const string Variable = "GATEWAY_FAIL_POINT";

    /// <summary>The only environment in which a process with an armed fail-point starts.</summary>
    public const string Environment = "FaultTests";

    private static readonly Trap? Armed = Read(System.Environment.GetEnvironmentVariable(Variable));

    /// <summary>This process has come to a point; does not return if it was to die there.</summary>
    public static void Hit(FailPoint point)
    {
        if (Armed is not null) Armed.Hit(point);
    }

    /// <summary>Why a host must not start; null when nothing is armed, or may be.</summary>
    /// <param name="environment">The process's <c>DOTNET_ENVIRONMENT</c>.</param>
    public static string? WhyNotToStart(string? environment) => WhyNotToStart(System.Environment.GetEnvironmentVariable(Variable), environment);

    /// <summary>The same for a value of <see cref="Variable"/>.</summary>
    public static string? WhyNotToStart(string? value, string? environment) =>
        string.IsNullOrEmpty(value) ? null
        : environment != Environment ? $"{Variable} would kill this process at '{value}'. It is for tests only: unset it (or set DOTNET_ENVIRONMENT={Environment}, in a test)"
        : Read(value) is null ? $"{Variable} is '{value}', but must be the name of a fail-point and a number, such as {FailPoint.AfterHoldAppend}@20"
        : null;

    private static Trap? Read(string? value)
    {
        if (string.IsNullOrEmpty(value)) return null;
        var parts = value.Split('@', 2);
        var hits = 1;
        if (!Enum.IsDefined(typeof(FailPoint), parts[0])) return null;
        var point = Enum.Parse<FailPoint>(parts[0]);
        if (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out hits) || hits < 1)) return null;
        return new Trap(point, hits);
    }

    private sealed class Trap(FailPoint point, int hits)
    {
        private int _left = hits;

        public void Hit(FailPoint come)
        {
            if (come != point || Interlocked.Decrement(ref _left) != 0) return;
            using var self = Process.GetCurrentProcess();
            self.Kill();
            // The signal is on its way: not one more step of this thread.
            self.WaitForExit();
        }
    }
}
