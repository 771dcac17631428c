namespace OrleansGateway.Fuzz;

/// <summary>Small inputs that reach what there is to read, and words that inputs are made of.</summary>
internal static class Corpus
{
    public static byte[][] Tokens { get; } =
    [
        .. new[]
        {
            "\r\n", "\n\n", "\r", "data: ", "data", ":", "\uFEFF", "[DONE]", "null", "{}", "[]", "\"\"", "\"usage\":", "\"delta\":", "\"error\":", "\"type\":",
            "\"tools\":", "\"model\":", "\"max_tokens\":", "\\u0000", "\\ud800", "-1", "1e999",
            "9223372036854775807", "\"response\":{", "\"message\":{", "\"content\":[", "\"choices\":[", "\"output\":[", "\"index\":", "\"input_tokens\":",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
        [0xC3, 0x28], [0xED, 0xA0, 0x80], [0],
    ];

    private static readonly string[] Answers =
    [
        """{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"}"""
            + ""","delta":{"content":"Hi","tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}}]"""
            + ""","usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4}"""
            + ""","completion_tokens_details":{"reasoning_tokens":3},"cost_usd":0.5},"error":null}""",
        """{"data":[{"embedding":[1.5]}],"usage":{"prompt_tokens":8,"total_tokens":8}}""",
        """{"type":"response.completed","status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"Hi"}]}]"""
            + ""","response":{"output":[],"error":{"code":"x"},"usage":{"input_tokens":5,"input_tokens_details":{"cached_tokens":1},"output_tokens":7}}"""
            + ""","delta":"text","item":{}}""",
        """{"type":"message_start","message":{"content":[],"usage":{"input_tokens":5,"cache_read_input_tokens":9,"cache_creation_input_tokens":2"""
            + ""","cache_creation":{"ephemeral_5m_input_tokens":1,"ephemeral_1h_input_tokens":1},"output_tokens":1}},"content":[{"type":"text","text":"Hi"}]}""",
        "{\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":5}}}\0"
            + "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\0"
            + "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"text\":\"Hi\"}}\0"
            + "{\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"output_tokens\":5}}\0{\"type\":\"message_stop\"}",
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: [DONE]\n\n",
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"content\":[]}}\n\n"
            + "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"tool_use\",\"input\":{}}}\n\n"
            + "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"{}\"}}\n\n"
            + "data: {\"type\":\"message_stop\"}\n\n",
        """{"type":"error","error":{"type":"overloaded_error","message":"no","code":529}}""",
    ];

    private static readonly string[] Heads =
    [
        """{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"u"}},{"type":"text","text":"Hi"}]}],"stream":true"""
            + ""","stream_options":{"include_usage":false},"max_tokens":null,"max_completion_tokens":5,"n":2,"user":"u","service_tier":"auto"}""",
        """{"messages":[{"role":"user","content":"Hi"}],"temperature":0.5,"max_tokens":9}""",
        """{"model":"m","input":["a","b"],"encoding_format":"base64","dimensions":5}""",
        """{"model":"m","input":[{"role":"user","content":[{"type":"input_image","image_url":"u"}]},{"type":"reasoning","encrypted_content":"x"}]"""
            + ""","tools":[{"type":"function","name":"f"},{"type":"local_shell"}],"max_output_tokens":null,"background":false,"conversation":null}""",
        """{"model":"m","max_tokens":5,"system":"s","messages":[{"role":"user","content":["""
            + """{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"x"}}]}]"""
            + ""","tools":[{"name":"f","input_schema":{}},{"type":"bash_20250124","name":"bash"}],"metadata":{"user_id":"u"},"speed":"standard"}""",
    ];

    private static readonly string[] Streams =
    [
        "abdata: one\n\ndata: two\ndata: lines\n\n", "zz\uFEFFdata: a\r\n\r\n: comment\r\revent: e\rid: 1\rdata:b\r\r",
        "01data\ndata:\n\ndatabase: no\n\n\n\n", "05data: grüße 😀\n\ndata: [DONE]\n\n", "99data: cut",
    ];

    /// <summary>The inputs that a target begins with.</summary>
    public static IReadOnlyList<string> Of(string target) => target switch
    {
        "sse" => Streams,
        "usage" => Answers,
        _ => Heads,
    };
}
