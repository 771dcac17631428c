using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Reads a request's <c>tools</c>. Those that the caller carries out itself pass; one that the upstream would carry out costs what no usage tells, or
/// reads what no byte here bounds, and is refused where the gateway knows all types there are.
/// </summary>
internal static class ToolList
{
    /// <summary>The most tokens of the text by which an upstream tells its model how to use tools (Anthropic's documentation tells up to 735).</summary>
    public const int TokensOfUse = 800;

    /// <summary>The most tokens by which an upstream describes to its model a tool that it knows by name.</summary>
    private const int TokensOfKnownTool = 1_500;

    /// <summary>Tells how a type of tool is treated.</summary>
    public delegate ToolUse Judge(ReadOnlySpan<byte> type);

    /// <summary>The input tokens that the tools may add beyond their bytes, 0 when there are none, and whether one reads what no byte here bounds.</summary>
    /// <param name="fields">Stands on the field's name.</param>
    /// <param name="name">That name.</param>
    /// <param name="judge">What becomes of a tool; a type of no bytes is that of a tool without one.</param>
    /// <param name="tokensOfAny">What having any tool adds.</param>
    public static (int Added, bool Unbounded) Read(ref HeadReader fields, string name, Judge judge, int tokensOfAny)
    {
        if (fields.Value() == JsonTokenType.Null) return default;
        if (fields.Json.TokenType != JsonTokenType.StartArray)
        {
            fields.Wrong(name, "must be an array of tools");
            return default;
        }

        var (added, unbounded) = (0, false);
        for (var i = 0; fields.Value() != JsonTokenType.EndArray && fields.Fault is null; i++)
        {
            if (fields.Json.TokenType != JsonTokenType.StartObject)
            {
                fields.Wrong($"{name}[{i}]", "must be an object");
                return default;
            }
            if (i == 0) added += tokensOfAny;
            if (Type(ref fields, name, i) is not { } type) return default;
            switch (judge(type))
            {
                case ToolUse.Described: break;
                case ToolUse.Known: added += TokensOfKnownTool; break;
                case ToolUse.Unbounded: unbounded = true; break;
                default:
                    HeadFields.Unsupported(
                        ref fields, $"{name}[{i}].type",
                        $"Tools of this type are carried out by the upstream, at a cost that cannot be bounded here. Take '{Shown(type)}' out, or offer a tool of your own.");
                    return default;
            }
        }
        return (added, unbounded);
    }

    /// <summary>The type of the tool whose brace was read, up to its other brace; null when it is wrong.</summary>
    private static byte[]? Type(ref HeadReader fields, string name, int index)
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
                fields.Wrong($"{name}[{index}].type", "must be one string");
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

    /// <summary>May be carried out by the upstream, and passes: its answers are input of any size.</summary>
    Unbounded,

    /// <summary>Carried out by the upstream.</summary>
    Hosted,
}
