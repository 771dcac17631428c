using System.Text.Json;

namespace OrleansGateway;

/// <summary>
/// Whether an item carries what it says, or stands for what an upstream keeps under its id: the API takes an item without a type for a reference, and a thought or a picture
/// without content for one that it has. Only types pass that are known, with the member that is their content.
/// </summary>
internal struct ItemContent()
{
    private Members _given;
    private Members _carried;
    private Members _needed; // any of them

    [Flags]
    private enum Members
    {
        None = 0,
        Type = 1 << 0,
        Id = 1 << 1,
        Role = 1 << 2,
        Content = 1 << 3,
        Arguments = 1 << 4,
        Input = 1 << 5,
        Output = 1 << 6,
        Error = 1 << 7,
        Action = 1 << 8,
        Actions = 1 << 9,
        Operation = 1 << 10,
        Result = 1 << 11,
        Code = 1 << 12,
        Sealed = 1 << 13,
        NoId = 1 << 14,
    }

    /// <summary>Whether the type that was read is none, or one that is not known to carry its content.</summary>
    public readonly bool IsOfNoType => (_given & Members.Type) != 0 && !Has(Members.Type);

    /// <summary>Takes the item's own member whose name was read; its value, when it is read after it.</summary>
    public void OnMember(ref HeadReader fields)
    {
        var member = MemberOf(ref fields);
        if (member == Members.None) return;
        if ((_given & member) != 0) fields.Wrong(fields.Name(), "is given twice");
        _given |= member;
        Utf8JsonReader value = fields.Json;
        if (!value.Read()) return;
        var carries = member switch
        {
            Members.Type => value.TokenType == JsonTokenType.String && (_needed = NeededOf(value)) != Members.None,
            Members.Role => value.TokenType == JsonTokenType.String,
            Members.Sealed or Members.Result when value.TokenType == JsonTokenType.String => value.ValueSpan.Length > 0,
            _ => value.TokenType is JsonTokenType.String or JsonTokenType.StartArray or JsonTokenType.StartObject,
        };
        if (carries) _carried |= member;
    }

    /// <summary>What is missing at the item's end: its type, or (a name of no letters) its content; null when nothing is.</summary>
    public readonly string? Missing()
    {
        if (!Has(Members.Type)) return Has(Members.Role | Members.Content) ? null : "type"; // a message's type goes without saying
        var carried = Has(Members.Id) ? _carried : _carried | Members.NoId;
        return (carried & _needed) == 0 || (_needed == Members.Content && !Has(Members.Role)) ? "" : null;
    }

    private readonly bool Has(Members members) => (_carried & members) == members;

    private static Members MemberOf(ref HeadReader fields)
    {
        if (fields.Is("type"u8)) return Members.Type;
        if (fields.Is("id"u8)) return Members.Id;
        if (fields.Is("role"u8)) return Members.Role;
        if (fields.Is("content"u8)) return Members.Content;
        if (fields.Is("arguments"u8)) return Members.Arguments;
        if (fields.Is("input"u8)) return Members.Input;
        if (fields.Is("output"u8)) return Members.Output;
        if (fields.Is("error"u8)) return Members.Error;
        if (fields.Is("action"u8)) return Members.Action;
        if (fields.Is("actions"u8)) return Members.Actions;
        if (fields.Is("operation"u8)) return Members.Operation;
        if (fields.Is("result"u8)) return Members.Result;
        if (fields.Is("code"u8)) return Members.Code;
        return fields.Is("encrypted_content"u8) ? Members.Sealed : Members.None;
    }

    // Left out are references, what brings tools along, and calls whose content is with what they were made of: a vector store, a search, a container.
    private static Members NeededOf(in Utf8JsonReader type)
    {
        if (type.ValueTextEquals("message"u8)) return Members.Content;
        if (type.ValueTextEquals("function_call"u8) || type.ValueTextEquals("tool_search_call"u8) || type.ValueTextEquals("mcp_approval_request"u8)) return Members.Arguments;
        if (type.ValueTextEquals("custom_tool_call"u8)) return Members.Input;
        if (type.ValueTextEquals("function_call_output"u8) || type.ValueTextEquals("custom_tool_call_output"u8) || type.ValueTextEquals("computer_call_output"u8)
            || type.ValueTextEquals("local_shell_call_output"u8) || type.ValueTextEquals("shell_call_output"u8)) return Members.Output;
        if (type.ValueTextEquals("apply_patch_call_output"u8)) return Members.Output | Members.NoId; // may well have said nothing
        if (type.ValueTextEquals("mcp_call"u8)) return Members.Output | Members.Error;
        if (type.ValueTextEquals("computer_call"u8)) return Members.Action | Members.Actions;
        if (type.ValueTextEquals("local_shell_call"u8) || type.ValueTextEquals("shell_call"u8)) return Members.Action;
        if (type.ValueTextEquals("apply_patch_call"u8)) return Members.Operation;
        if (type.ValueTextEquals("reasoning"u8)) return Members.Sealed | Members.NoId;
        if (type.ValueTextEquals("compaction"u8)) return Members.Sealed;
        if (type.ValueTextEquals("image_generation_call"u8) || type.ValueTextEquals("program_output"u8)) return Members.Result;
        return type.ValueTextEquals("program"u8) ? Members.Code : Members.None;
    }
}
