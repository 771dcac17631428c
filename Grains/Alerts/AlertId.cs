using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrleansGateway;

/// <summary>Names events by what they tell, so that telling one twice is seen.</summary>
internal static class AlertId
{
    private const string Prefix = "evt_";
    private const int HashBytes = 18;

    /// <param name="tenantId">Whose budget it is.</param>
    /// <param name="threshold">What was crossed.</param>
    /// <param name="cause">For a window without a start of its own, the entry that crossed it.</param>
    public static string Of(string tenantId, BudgetThreshold threshold, string? cause)
    {
        var start = cause ?? threshold.WindowStart?.UtcTicks.ToString(CultureInfo.InvariantCulture) ?? "";
        // The scope and the cause hold callers' text: the one of them that is not last says how long it is.
        var what = string.Create(CultureInfo.InvariantCulture,
            $"{tenantId}\n{threshold.Window}\n{threshold.Threshold:0.############################}\n{threshold.Scope.Length}\n{threshold.Scope}\n{start}");
        return Prefix + Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(what)).AsSpan(0, HashBytes));
    }
}
