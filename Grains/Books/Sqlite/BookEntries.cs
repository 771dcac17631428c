namespace OrleansGateway;

/// <summary>
/// The entries of all books in the order they were written: in the <see cref="BookFile"/>, or in the table where releases before it kept them. Every
/// one names the one before it in the same book, so that a book is walked backwards and writing maintains no index. One number says where an entry is,
/// higher for later ones.
/// </summary>
internal sealed class BookEntries(BookTable table, BookFile file)
{
    // Below it numbers are the table's rows; nobody has as many.
    private const long FileBegins = 1L << 48;

    /// <summary>Where the newest of what is written is, for <see cref="Since"/> and <see cref="Recover"/>; null when nothing is in the file.</summary>
    public long? Last => FileBegins + file.Last;

    /// <summary>The file, for <see cref="BookFile.Write"/> and what else is of no interest to books.</summary>
    public BookFile File => file;

    /// <summary>Finds the end, from a former <see cref="Last"/> on, or a row of the table, and gives what <see cref="Since"/> would.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or older than the tables.</exception>
    public IEnumerable<(long Id, BookLink Link)> Recover(long last) => After(last, file.Recover(last < FileBegins ? null : last - FileBegins));

    /// <summary>Adds an entry to what the next write writes, and says where it will be.</summary>
    public long Add(BookLink link, ReadOnlySpan<byte> entry) => FileBegins + file.Add(link, entry);

    /// <summary>Null when the entry is missing.</summary>
    public BookLink? Link(long id) => id < FileBegins ? table.Link(id) : file.Link(id - FileBegins);

    /// <summary>Null when the entry is missing.</summary>
    public (BookLink Link, byte[] Entry)? Entry(long id) => id < FileBegins ? table.Entry(id) : file.Entry(id - FileBegins);

    /// <summary>What was written since a former <see cref="Last"/>, which comes once more, or after a row of the table.</summary>
    public IEnumerable<(long Id, BookLink Link)> Since(long last) => After(last, file.From(Math.Max(last - FileBegins, 0)));

    private IEnumerable<(long, BookLink)> After(long last, IEnumerable<(long Offset, BookLink Link)> inFile)
    {
        var entries = inFile.Select(entry => (FileBegins + entry.Offset, entry.Link));
        return last < FileBegins ? table.After(last).Concat(entries) : entries;
    }
}
