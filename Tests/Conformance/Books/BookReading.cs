using System.Text;

namespace OrleansGateway.Tests.Conformance.Books;

internal static class BookReading
{
    /// <summary>Entries as <c>number:text</c>.</summary>
    public static async Task<List<string>> AllAsync(this IBook book, string tenantId, long firstSeq = 1)
    {
        var all = new List<string>();
        await foreach (var entry in book.ReadAsync(tenantId, firstSeq, TestContext.Current.CancellationToken))
        {
            all.Add($"{entry.Seq}:{Encoding.UTF8.GetString(entry.Bytes.Span)}");
        }

        return all;
    }
}
