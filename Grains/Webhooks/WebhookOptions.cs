using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>The section <c>Gateway:Webhooks</c>: where events may be sent, and how patiently.</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Gateway:Webhooks";

    /// <summary>Whether addresses other than this machine's own may be plain http.</summary>
    public bool AllowHttp { get; init; }

    /// <summary>Whether addresses inside private networks, and in production this machine's own, may be called.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>How long a webhook may take to answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00", ErrorMessage = "must be between 00:00:00.1 and 00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after its first failure a delivery is tried again; twice as long after each further one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00", ErrorMessage = "must be between 00:00:00.01 and 01:00:00")]
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time between two tries.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "1.00:00:00", ErrorMessage = "must be between 00:00:00.01 and 1.00:00:00")]
    public TimeSpan LongestRetry { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a delivery is tried before it is dead.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00", ErrorMessage = "must be between 00:00:01 and 30.00:00:00")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromDays(1);
}
