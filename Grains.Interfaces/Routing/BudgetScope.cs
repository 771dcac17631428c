using System.Text.Json.Serialization;

namespace OrleansGateway;

/// <summary>Whose budget it is.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<BudgetScope>))]
public enum BudgetScope
{
    /// <summary>The tenant's.</summary>
    Tenant,

    /// <summary>That of the api key that asks.</summary>
    Key,

    /// <summary>That of the end user that the request names.</summary>
    User,
}
