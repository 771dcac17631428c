namespace OrleansGateway;

/// <summary>The names of labels, in metrics and in spans. Those of OpenTelemetry's conventions where there are any.</summary>
public static class MetricLabels
{
    /// <summary>The route's pattern.</summary>
    public const string Route = "http.route";

    /// <summary>The status that the caller got.</summary>
    public const string Status = "http.response.status_code";

    /// <summary><c>chat</c> or <c>embeddings</c>.</summary>
    public const string Operation = "gen_ai.operation.name";

    /// <summary>The upstream's name in the configuration.</summary>
    public const string Provider = "gen_ai.provider.name";

    /// <summary>The catalog's id of the model that is asked for.</summary>
    public const string Model = "gen_ai.request.model";

    /// <summary>The catalog's id of the model that answered.</summary>
    public const string AnsweredModel = "gen_ai.response.model";

    /// <summary><c>input</c> or <c>output</c>.</summary>
    public const string TokenType = "gen_ai.token.type";

    /// <summary>Why an operation failed; absent when it did not.</summary>
    public const string Error = "error.type";

    /// <summary>How something ended, by the words of the ledger and of error codes.</summary>
    public const string Outcome = "gateway.outcome";

    /// <summary>Why, in a word.</summary>
    public const string Reason = "gateway.reason";

    /// <summary><c>machine</c> or <c>shared</c>.</summary>
    public const string Clock = "gateway.clock";

    /// <summary>Which of several kinds.</summary>
    public const string Kind = "gateway.kind";

    /// <summary><c>tenant</c>, <c>key</c> or <c>user</c>: whose limit it was. Never which one.</summary>
    public const string Scope = "gateway.scope";

    /// <summary>The tenant's id, or <see cref="OtherTenants"/>.</summary>
    public const string Tenant = "gateway.tenant";

    /// <summary>All tenants beyond those that have a label of their own.</summary>
    public const string OtherTenants = "(other)";
}
