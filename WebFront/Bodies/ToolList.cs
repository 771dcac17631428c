using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Reads a request's <c>tools</c>. Those that the caller carries out itself pass; one that the upstream would carry out costs what no usage tells, or
/// reads what no byte here bounds, and is refused.
/// </summary>
internal static class ToolList
{
    /// <summary>The most tokens by which an upstream describes to its model a tool that it knows by name.</summary>
    private const int TokensOfKnownTool = 1_500;

    /// <summary>Tells how a type of tool is treated.</summary>
    public delegate ToolUse Judge(ReadOnlySpan<byte> type);

    /// <summary>The input tokens that the tools may add beyond their bytes; 0 when there are none.</summary>
    /// <param name="fields">Stands on the field's name.</param>
    /// <param name="judge">What becomes of a tool; a type of no bytes is that of a tool without one.</param>
    /// <param name="tokensOfAny">What having any tool adds.</param>
    public static int Read(ref HeadReader fields, Judge judge, int tokensOfAny)
    {
        if (fields.Value() == JsonTokenType.Null) return 0;
        if (fields.Json.TokenType != JsonTokenType.StartArray)
        {
            fields.Wrong("tools", "must be an array of tools");
            return 0;
        }

        var added = 0;
        for (var i = 0; fields.Value() != JsonTokenType.EndArray && fields.Fault is null; i++)
        {
            if (fields.Json.TokenType != JsonTokenType.StartObject)
            {
                fields.Wrong($"tools[{i}]", "must be an object");
                return 0;
            }
            if (i == 0) added += tokensOfAny;
            if (Type(ref fields, i) is not { } type) return 0;
            switch (judge(type))
            {
                case ToolUse.Described: break;
                case ToolUse.Known: added += TokensOfKnownTool; break;
                default:
                    HeadFields.Unsupported(
                        ref fields, $"tools[{i}].type", $"Tools of this type are carried out by the upstream, at a cost that cannot be bounded here. Take '{Shown(type)}' out, or offer a tool of your own.");
                    return 0;
            }
        }
        return added;
    }

    /// <summary>The type of the tool whose brace was read, up to its other brace; null when it is wrong.</summary>
    private static byte[]? Type(ref HeadReader fields, int index)
    {
        byte[]? type = null;
        while (fields.Value() == JsonTokenType.PropertyName)
        {
            if (!fields.Is("type"u8))
            {
                fields.Skip();
                continue;
            }
            if (type is not null || fields.Value() != JsonTokenType.String)
            {
                fields.Wrong($"tools[{index}].type", "must be one string");
                return null;
            }
            type = System.Text.Encoding.UTF8.GetBytes(fields.Json.GetString()!);
        }
        return type ?? [];
    }

    private static string Shown(byte[] type) => type.Length == 0 ? "it" : System.Text.Encoding.UTF8.GetString(type.AsSpan(0, Math.Min(type.Length, 64)));
}

/// <summary>How a tool is used.</summary>
internal enum ToolUse
{
    /// <summary>Described by the caller, who carries it out.</summary>
    Described,

    /// <summary>Known to the upstream by name, carried out by the caller.</summary>
    Known,

    /// <summary>Carried out by the upstream.</summary>
    Hosted,
}
