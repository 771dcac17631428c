using System.Text.Json.Serialization;

namespace OrleansGateway.Admin;

/// <summary>How two sets of books compare.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<Verdict>))]
internal enum Verdict
{
    /// <summary>They agree, as far as the provider's rounding lets one see.</summary>
    Equal,

    /// <summary>They differ.</summary>
    Drift,

    /// <summary>The provider says more, but no more than is in suspense: resolve those holds first.</summary>
    Suspense,

    /// <summary>Only the provider knows of it.</summary>
    OnlyProvider,

    /// <summary>Only the gateway knows of it.</summary>
    OnlyGateway,

    /// <summary>The day has not ended: both may change.</summary>
    UnderWay,
}

/// <summary>What came of a correction.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<CorrectionState>))]
internal enum CorrectionState
{
    /// <summary>Nothing was asked to be booked.</summary>
    Proposed,

    /// <summary>It is in the tenant's book.</summary>
    Booked,

    /// <summary>Another reconciliation corrected the same meanwhile: repeat this one, and it compares with that in mind.</summary>
    Conflict,

    /// <summary>The tenant's rules refused it.</summary>
    Refused,
}

/// <summary>What an upload and the books say of the same usage, and where they differ.</summary>
internal sealed record ReconciliationReport
{
    /// <summary>Names the upload's content.</summary>
    public required string Id { get; init; }

    public required string? Tenant { get; init; }

    public required string? Provider { get; init; }

    public required DateOnly? FirstDay { get; init; }

    public required DateOnly? LastDay { get; init; }

    public required int Rows { get; init; }

    public required int UnreadCount { get; init; }

    public required IReadOnlyList<UnreadRow> Unread { get; init; }

    public required Verdict Verdict { get; init; }

    public required IReadOnlyList<DayReport> Days { get; init; }

    public required int RequestsCompared { get; init; }

    /// <summary>Those that are not equal, the first of them.</summary>
    public required IReadOnlyList<RequestReport> Requests { get; init; }

    public required IReadOnlyList<CorrectionReport> Corrections { get; init; }

    /// <summary>Whether corrections were to be booked, and were tried.</summary>
    public bool Posted { get; init; }

    /// <summary>What else there is to know.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
}

/// <summary>One UTC day and model.</summary>
/// <param name="Day">The day.</param>
/// <param name="Model">What the provider is called with.</param>
/// <param name="Models">The catalog's ids that it is served as.</param>
/// <param name="Verdict">How they compare.</param>
/// <param name="Provider">The provider's figures, as far as it gives any.</param>
/// <param name="Gateway">The books'.</param>
/// <param name="Difference">Provider less gateway, with absorbed and corrected cost on the gateway's side.</param>
internal sealed record DayReport(DateOnly Day, string Model, IReadOnlyList<string> Models, Verdict Verdict, Figures? Provider, GatewayFigures? Gateway, Figures? Difference);

/// <summary>One request.</summary>
/// <param name="RequestId">The gateway's.</param>
/// <param name="Tenant">Whose it is; null when no book has it.</param>
/// <param name="Model">What the provider is called with.</param>
/// <param name="Verdict">How they compare.</param>
/// <param name="Provider">The provider's figures.</param>
/// <param name="Gateway">The book's.</param>
/// <param name="Difference">Provider less gateway.</param>
/// <param name="Resolve">Of attempts in suspense, where an operator resolves them.</param>
internal sealed record RequestReport(
    string RequestId, string? Tenant, string Model, Verdict Verdict, Figures Provider, GatewayFigures? Gateway, Figures? Difference, IReadOnlyList<string> Resolve);

/// <summary>A correcting entry.</summary>
internal sealed record CorrectionReport(
    string Tenant, string Id, DateOnly Day, string Model, string? Provider, string? RequestId, Money AmountUsd, CorrectionState State, string? Detail);
