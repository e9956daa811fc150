// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sig} from "./Signed.sol";

/// @notice The terms on which a seller sells a listing; signed by the seller's wallet (EIP-712).
/// @param seller Wallet that earns the price.
/// @param sealer Key of the seller's node; signs each purchase id, so that nothing is bought without its consent.
/// @param listing keccak256 of the listing's id.
/// @param manifest SHA-256 of the manifest block.
/// @param keyCommitment keccak256 of the listing key of this version.
/// @param price In wei of PRIV, 1 to 2^128-1.
/// @param version Orders below the retired version are refused.
/// @param expiry Last second, unix time, at which the order can be bought.
struct Order {
    address seller;
    address sealer;
    bytes32 listing;
    bytes32 manifest;
    bytes32 keyCommitment;
    uint256 price;
    uint64 version;
    uint64 expiry;
}

/// @notice What the buyer asks for. Not signed by itself: the payment signs it.
/// @param buyer Wallet that pays.
/// @param delegate Key of the buyer's node; signs the receipt.
/// @param recipient SHA-256 of the buyer node's age recipient.
/// @param accessDays Days of access, 1 to 365.
/// @param deliveryWindow Seconds the seller has to deliver, MIN_WINDOW to MAX_WINDOW.
/// @param payBy First second, unix time, at which the payment is too late. Below 2^40.
/// @param salt Random per attempt.
struct Terms {
    address buyer;
    address delegate;
    bytes32 recipient;
    uint32 accessDays;
    uint32 deliveryWindow;
    uint64 payBy;
    bytes32 salt;
}

/// @notice What the seller's node has committed to deliver.
/// @param offer Digest of Offer(order, terms).
/// @param keyCommitment keccak256 of the key.
/// @param sealedHash keccak256 of the sealed key c.
/// @param lock keccak256 of the opener k; c xor keccak256(k, offer) is the key.
struct Delivery {
    bytes32 offer;
    bytes32 keyCommitment;
    bytes32 sealedHash;
    bytes32 lock;
}

/// @notice Everything a purchase needs, in one calldata struct.
struct Sale {
    Order order;
    Sig orderSig;
    Terms terms;
    bytes32 sealedHash;
    bytes32 lock;
    Sig sealSig;
}

/// @notice Who bought what from whom; its EIP-712 digest as `Purchase` is the purchase id.
/// @param delivery hashStruct(Delivery).
struct Deal {
    address seller;
    address buyer;
    address delegate;
    bytes32 listing;
    bytes32 delivery;
}

/// @notice The delegate's word that the key opened what was promised.
/// @param openedAt When it did, unix time.
struct SignedReceipt {
    Deal deal;
    uint64 openedAt;
    Sig sig;
}

/// @notice A seller's word that orders of a listing below `version` are void; 2^64-1 ends the listing.
struct Retire {
    address seller;
    bytes32 listing;
    uint64 version;
}

/// @notice Where a purchase stands. Settled and Refunded never change again.
enum Status {
    None,
    Purchased,
    Revealed,
    Settled,
    Refunded
}

/// @title IMarket
/// @notice Escrow for purchases of keys. The price is held from the purchase until the buyer's node has the key
/// (settle, finalize) or is found not to have it (refund, dispute). Anyone may send any call: what matters is signed.
/// There is no owner and no pause, so no exit can be closed.
interface IMarket {
    /// @notice A price is in escrow. Carries all that later calls need.
    event Purchased(
        bytes32 indexed purchase,
        address indexed seller,
        address indexed buyer,
        address delegate,
        bytes32 listing,
        Delivery delivery,
        uint256 price,
        uint64 version,
        uint40 deadline,
        uint16 accessDays
    );
    /// @notice The seller published the opener; the buyer may dispute it before `deadline`.
    event Revealed(bytes32 indexed purchase, bytes32 opener, uint40 deadline);
    /// @notice The price went to the seller (`amount`) and the treasury (`fee`); access lasts to `accessUntil`.
    event Settled(bytes32 indexed purchase, address indexed seller, uint256 amount, uint256 fee, uint40 accessUntil);
    /// @notice A receipt of a batch changed nothing. Reasons: 1 status, 2 openedAt out of range, 3 signature.
    event Skipped(bytes32 indexed purchase, uint8 reason);
    /// @notice The price went back to the buyer.
    event Refunded(bytes32 indexed purchase, address indexed buyer, uint256 amount, bool disputed);
    /// @notice Orders of the listing below `version` are void.
    event Retired(address indexed seller, bytes32 indexed listing, uint64 version);
    /// @notice Income left the contract to its owner.
    event Withdrawn(address indexed account, uint256 amount);
    /// @notice Later fees go to `treasury`.
    event TreasuryChanged(address indexed treasury);

    /// @notice The price is zero or above 2^128-1.
    error BadPrice(uint256 price);
    /// @notice The days of access are not in 1..365.
    error BadDays(uint32 accessDays);
    /// @notice The delivery window is not in MIN_WINDOW..MAX_WINDOW.
    error BadWindow(uint32 deliveryWindow);
    /// @notice Nobody could sign the receipt.
    error ZeroDelegate();
    /// @notice Buyer and seller are one.
    error OwnListing(address seller);
    /// @notice The order cannot be bought any more.
    error OrderExpired(uint64 expiry);
    /// @notice The time for this call ended at `limit`, or the limit itself is out of range.
    error TooLate(uint256 limit);
    /// @notice The time for this call begins at `start`.
    error TooEarly(uint256 start);
    /// @notice The seller retired this version.
    error VersionRetired(uint64 version, uint64 minVersion);
    /// @notice The buyer has access to this listing, or a purchase of it is open (`until` 2^40-1).
    error ActiveAccess(uint40 until);
    /// @notice The order is not signed by its seller.
    error BadOrderSignature();
    /// @notice The purchase id is not signed by the order's sealer.
    error BadSealSignature();
    /// @notice The same purchase was made before.
    error AlreadyPurchased(bytes32 purchase);
    /// @notice Only the buyer may pay directly.
    error NotBuyer(address caller);
    /// @notice No receipt of the batch was good.
    error NothingSettled();
    /// @notice The delivery is not the one the deal commits to.
    error WrongDelivery();
    /// @notice The purchase is not in a state for this call.
    error WrongStatus(bytes32 purchase, Status status);
    /// @notice The opener does not hash to the lock.
    error WrongOpener();
    /// @notice The sealed key does not hash to what was committed.
    error WrongSealed();
    /// @notice Opener and sealed key give the right key: there is nothing to dispute.
    error KeyIsRight();
    /// @notice The retirement is not signed by the seller.
    error BadRetireSignature();
    /// @notice The version is not above the one retired already.
    error NotNewer(uint64 version, uint64 minVersion);
    /// @notice The amount is zero or above the balance.
    error NothingToWithdraw(address account, uint256 amount, uint256 balance);
    /// @notice Only the treasury may name its successor.
    error NotTreasury(address caller);
    /// @notice Fees would be lost.
    error ZeroTreasury();
    /// @notice The token would be nowhere.
    error ZeroToken();

    /// @notice Buys with the buyer's ERC-3009 authorization (to = this, validAfter 0, validBefore payBy, nonce = id).
    /// @return id The purchase id.
    function purchase(Sale calldata sale, uint8 v, bytes32 r, bytes32 s) external returns (bytes32 id);

    /// @notice Buys from the caller's allowance; for contract wallets.
    /// @return id The purchase id.
    function purchaseDirect(Sale calldata sale) external returns (bytes32 id);

    /// @notice Pays the sellers for which a receipt is good; skips the others.
    function settle(SignedReceipt[] calldata receipts) external;

    /// @notice Publishes the opener of a purchase whose buyer does not sign a receipt.
    function reveal(Deal calldata deal, Delivery calldata delivery, bytes32 opener) external;

    /// @notice Refunds at once when the committed opener and sealed key do not give the committed key.
    function dispute(Deal calldata deal, Delivery calldata delivery, bytes32 opener, bytes32 sealedKey) external;

    /// @notice Refunds a purchase that was not delivered by its deadline.
    function refund(Deal calldata deal) external;

    /// @notice Pays the seller of a revealed purchase that nobody disputed.
    function finalize(Deal calldata deal) external;

    /// @notice Voids orders of a listing below a version; open purchases are untouched.
    function retire(Retire calldata retirement, Sig calldata sig) external;

    /// @notice Sends part of an account's income to that account.
    function withdraw(address account, uint256 amount) external;

    /// @notice Names where later fees go.
    function setTreasury(address treasury_) external;

    /// @notice Where fees go.
    function treasury() external view returns (address);

    /// @notice A purchase by its id; status None when there is none.
    function purchases(bytes32 id)
        external
        view
        returns (uint128 price, uint40 boughtAt, uint40 deadline, uint16 accessDays, Status status);

    /// @notice Last second of access, by keccak256(abi.encode(seller, listing, buyer)); 2^40-1 while one is open.
    function access(bytes32 key) external view returns (uint40 until);

    /// @notice Orders of the listing below this version are void.
    function minVersion(address seller, bytes32 listing) external view returns (uint64);

    /// @notice Income not yet withdrawn, in wei of PRIV.
    function balances(address account) external view returns (uint256);
}
