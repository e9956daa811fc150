// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IMarket, Deal, Delivery, Order, Retire, Sale, SignedReceipt, Status, Terms} from "./IMarket.sol";
import {PrivToken} from "./PrivToken.sol";
import {Sig, Signed} from "./Signed.sol";
import {
    DELIVERY_TYPEHASH,
    OFFER_TYPEHASH,
    ORDER_TYPEHASH,
    PURCHASE_TYPEHASH,
    RECEIPT_TYPEHASH,
    RETIRE_TYPEHASH,
    TERMS_TYPEHASH
} from "./MarketTypes.sol";

/// @title Market
/// @dev PRIV has no hooks, takes no fee on transfer and never returns false. PRIV sent here by a plain transfer is
/// lost and only makes the contract hold more than it owes. Every wei that comes in by a purchase leaves by one of two
/// lines: the transfer in _payBack, or the transfer in withdraw after _pay has credited it.
///
/// The functions that call the token are guarded against reentry. The others (settle, reveal, finalize, retire,
/// setTreasury) call nobody, and entered from within a token call they would find a finished state: each function
/// writes all it changes before it calls out.
contract Market is IMarket, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;
    using Signed for address;

    /// @dev One storage slot (232 bits).
    struct Purchase {
        uint128 price;
        uint40 boughtAt;
        uint40 deadline;
        uint16 accessDays;
        Status status;
    }

    /// @notice The market's share of each price, rounded down, in hundredths of a percent.
    uint256 public constant FEE_BPS = 500;
    /// @notice Bounds of a delivery window.
    uint256 public constant MIN_WINDOW = 1 hours;
    uint256 public constant MAX_WINDOW = 7 days;
    /// @notice How long a reveal can be disputed. A constant, since a seller who could shorten it would.
    uint256 public constant DISPUTE_WINDOW = 3 days;
    /// @notice The value of `access` while a purchase is open.
    uint40 public constant PENDING = type(uint40).max;

    /// @dev Also keeps until = now + days far below PENDING.
    uint256 private constant MAX_DAYS = 365;
    /// @dev ERC3009 reads bit 47 of its times as "block number"; this stays far below.
    uint256 private constant PAY_BY_LIMIT = 2 ** 40;

    uint8 private constant GOOD = 0;
    uint8 private constant SKIP_STATUS = 1;
    uint8 private constant SKIP_TIME = 2;
    uint8 private constant SKIP_SIGNATURE = 3;

    /// @notice The only token of this market.
    PrivToken public immutable TOKEN;

    // Slots 0 and 1 are EIP712's fallback names, which stay empty; these five follow in slots 2 to 6.

    /// @inheritdoc IMarket
    address public treasury;
    /// @inheritdoc IMarket
    mapping(bytes32 id => Purchase) public purchases;
    /// @inheritdoc IMarket
    mapping(bytes32 key => uint40 until) public access;
    /// @inheritdoc IMarket
    mapping(address seller => mapping(bytes32 listing => uint64)) public minVersion;
    /// @inheritdoc IMarket
    mapping(address account => uint256) public balances;

    constructor(PrivToken token, address treasury_) EIP712("privd Market", "1") {
        if (address(token) == address(0)) revert ZeroToken();
        if (treasury_ == address(0)) revert ZeroTreasury();
        TOKEN = token;
        treasury = treasury_;
    }

    // ---------------------------------------------------------------- buying

    /// @inheritdoc IMarket
    function purchase(Sale calldata sale, uint8 v, bytes32 r, bytes32 s) external nonReentrant returns (bytes32 id) {
        id = _open(sale);
        // Every field comes from the sale, so that a relayer has nothing to choose. The token accepts the call from
        // `to` alone, which is this contract, so nobody can use the authorization up without opening the purchase.
        TOKEN.receiveWithAuthorization(
            sale.terms.buyer, address(this), sale.order.price, 0, sale.terms.payBy, id, v, r, s
        );
    }

    /// @inheritdoc IMarket
    function purchaseDirect(Sale calldata sale) external nonReentrant returns (bytes32 id) {
        // An allowance names no purchase: without this check anyone could spend the buyer's on what he likes.
        if (msg.sender != sale.terms.buyer) revert NotBuyer(msg.sender);
        id = _open(sale);
        _token().safeTransferFrom(msg.sender, address(this), sale.order.price);
    }

    function _open(Sale calldata sale) private returns (bytes32 id) {
        Order calldata order = sale.order;
        Terms calldata terms = sale.terms;

        _checkTerms(order, terms);
        // While a purchase of the key is open this is PENDING, so that one slot serves at most one open purchase, and
        // settling or refunding it cannot overwrite what another one bought.
        bytes32 key = _accessKey(order.seller, order.listing, terms.buyer);
        if (block.timestamp <= access[key]) revert ActiveAccess(access[key]);

        bytes32 orderHash = keccak256(abi.encode(ORDER_TYPEHASH, order));
        if (!order.seller.by(_hashTypedDataV4(orderHash), sale.orderSig)) revert BadOrderSignature();

        Delivery memory delivery = Delivery(_offer(orderHash, terms), order.keyCommitment, sale.sealedHash, sale.lock);
        id = _purchaseId(Deal(order.seller, terms.buyer, terms.delegate, order.listing, _hash(delivery)));
        if (!order.sealer.by(id, sale.sealSig)) revert BadSealSignature();
        // The token refuses a used nonce too, but an allowance does not: a refunded purchase must stay refunded.
        if (purchases[id].status != Status.None) revert AlreadyPurchased(id);

        access[key] = PENDING;
        _store(id, sale, delivery);
    }

    function _checkTerms(Order calldata order, Terms calldata terms) private view {
        if (order.price == 0 || order.price > type(uint128).max) revert BadPrice(order.price);
        if (terms.accessDays == 0 || terms.accessDays > MAX_DAYS) revert BadDays(terms.accessDays);
        if (terms.deliveryWindow < MIN_WINDOW || terms.deliveryWindow > MAX_WINDOW) {
            revert BadWindow(terms.deliveryWindow);
        }
        if (terms.delegate == address(0)) revert ZeroDelegate();
        if (order.seller == terms.buyer) revert OwnListing(order.seller);
        if (block.timestamp > order.expiry) revert OrderExpired(order.expiry);
        if (block.timestamp >= terms.payBy || terms.payBy >= PAY_BY_LIMIT) revert TooLate(terms.payBy);
        uint64 minimum = minVersion[order.seller][order.listing];
        if (order.version < minimum) revert VersionRetired(order.version, minimum);
    }

    function _store(bytes32 id, Sale calldata sale, Delivery memory delivery) private {
        // The casts hold: _checkTerms bounds price, window and days, and uint40 lasts for 34,000 years.
        Purchase memory bought = Purchase({
            price: uint128(sale.order.price),
            boughtAt: uint40(block.timestamp),
            deadline: uint40(block.timestamp + sale.terms.deliveryWindow),
            accessDays: uint16(sale.terms.accessDays),
            status: Status.Purchased
        });
        purchases[id] = bought;
        emit Purchased(
            id,
            sale.order.seller,
            sale.terms.buyer,
            sale.terms.delegate,
            sale.order.listing,
            delivery,
            bought.price,
            sale.order.version,
            bought.deadline,
            bought.accessDays
        );
    }

    // ---------------------------------------------------------------- paying the seller

    /// @inheritdoc IMarket
    function settle(SignedReceipt[] calldata receipts) external {
        uint256 fees;
        uint256 settled;
        for (uint256 i; i < receipts.length; ++i) {
            SignedReceipt calldata receipt = receipts[i];
            bytes32 id = _purchaseId(receipt.deal);
            Purchase memory bought = purchases[id];
            uint8 reason = _judge(receipt, id, bought);
            if (reason != GOOD) {
                emit Skipped(id, reason);
                continue;
            }
            fees += _pay(id, bought, receipt.deal, receipt.openedAt);
            ++settled;
        }
        if (settled == 0) revert NothingSettled();
        // Once per batch: the treasury's slot is the same for all. Read only now, so that a seller who is the treasury
        // keeps both.
        balances[treasury] += fees;
    }

    /// @dev Never reverts: one bad receipt must not hold up the others of its batch.
    function _judge(SignedReceipt calldata receipt, bytes32 id, Purchase memory bought) private view returns (uint8) {
        // No deadline: a receipt says that the buyer has the key, which is as true after the deadline, as long as the
        // price is still here. An item of the same batch has been written before the next is read: a duplicate skips.
        if (bought.status != Status.Purchased && bought.status != Status.Revealed) return SKIP_STATUS;
        if (receipt.openedAt < bought.boughtAt || receipt.openedAt > block.timestamp) return SKIP_TIME;
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(RECEIPT_TYPEHASH, id, receipt.openedAt)));
        if (!receipt.deal.delegate.by(digest, receipt.sig)) return SKIP_SIGNATURE;
        return GOOD;
    }

    /// @inheritdoc IMarket
    function reveal(Deal calldata deal, Delivery calldata delivery, bytes32 opener) external {
        bytes32 id = _checkedId(deal, delivery);
        Purchase storage bought = purchases[id];
        if (bought.status != Status.Purchased) revert WrongStatus(id, bought.status);
        // From the deadline on the buyer may refund, with the opener public for nothing.
        if (block.timestamp >= bought.deadline) revert TooLate(bought.deadline);
        if (_hash(opener) != delivery.lock) revert WrongOpener();

        uint40 deadline = uint40(block.timestamp + DISPUTE_WINDOW);
        bought.status = Status.Revealed;
        bought.deadline = deadline;
        emit Revealed(id, opener, deadline);
    }

    /// @inheritdoc IMarket
    function finalize(Deal calldata deal) external {
        bytes32 id = _purchaseId(deal);
        Purchase memory bought = purchases[id];
        if (bought.status != Status.Revealed) revert WrongStatus(id, bought.status);
        if (block.timestamp < bought.deadline) revert TooEarly(bought.deadline);

        // The buyer could open from the moment of the reveal: access counts from there.
        uint256 fee = _pay(id, bought, deal, bought.deadline - DISPUTE_WINDOW);
        balances[treasury] += fee;
    }

    /// @dev The caller has checked the status, and credits the fee. Rounding is the seller's gain, and nothing is lost:
    /// the amount is what the fee leaves of the price. Neither sum can overflow: the price has 128 bits, and all
    /// balances together are PRIV that is here.
    function _pay(bytes32 id, Purchase memory bought, Deal calldata deal, uint256 openedAt)
        private
        returns (uint256 fee)
    {
        fee = uint256(bought.price) * FEE_BPS / 10_000;
        uint256 amount = bought.price - fee;
        uint40 until = uint40(openedAt + uint256(bought.accessDays) * 1 days);

        purchases[id].status = Status.Settled;
        access[_accessKey(deal.seller, deal.listing, deal.buyer)] = until;
        balances[deal.seller] += amount;
        emit Settled(id, deal.seller, amount, fee, until);
    }

    // ---------------------------------------------------------------- paying the buyer back

    /// @inheritdoc IMarket
    function refund(Deal calldata deal) external nonReentrant {
        bytes32 id = _purchaseId(deal);
        Purchase memory bought = purchases[id];
        if (bought.status != Status.Purchased) revert WrongStatus(id, bought.status);
        if (block.timestamp < bought.deadline) revert TooEarly(bought.deadline);

        _payBack(id, bought, deal, false);
    }

    /// @inheritdoc IMarket
    function dispute(Deal calldata deal, Delivery calldata delivery, bytes32 opener, bytes32 sealedKey)
        external
        nonReentrant
    {
        bytes32 id = _checkedId(deal, delivery);
        Purchase memory bought = purchases[id];
        // Before a reveal there is no last moment: a wrong opener in the buyer's hands is proof at any time.
        if (
            bought.status != Status.Purchased
                && !(bought.status == Status.Revealed && block.timestamp < bought.deadline)
        ) revert WrongStatus(id, bought.status);
        if (_hash(opener) != delivery.lock) revert WrongOpener();
        if (_hash(sealedKey) != delivery.sealedHash) revert WrongSealed();
        bytes32 key = sealedKey ^ keccak256(abi.encode(opener, delivery.offer));
        if (_hash(key) == delivery.keyCommitment) revert KeyIsRight();

        _payBack(id, bought, deal, true);
    }

    /// @dev The one push of money. It cannot fail and so cannot hold up the exit: the token has no list of refused
    /// receivers, the contract holds the price, and a buyer is never the zero address (it has signed, or called).
    function _payBack(bytes32 id, Purchase memory bought, Deal calldata deal, bool disputed) private {
        purchases[id].status = Status.Refunded;
        delete access[_accessKey(deal.seller, deal.listing, deal.buyer)];
        emit Refunded(id, deal.buyer, bought.price, disputed);
        _token().safeTransfer(deal.buyer, bought.price);
    }

    // ---------------------------------------------------------------- the rest

    /// @inheritdoc IMarket
    function retire(Retire calldata retirement, Sig calldata sig) external {
        // No nonce: versions only rise, so that the same word works once.
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(RETIRE_TYPEHASH, retirement)));
        if (!retirement.seller.by(digest, sig)) revert BadRetireSignature();
        uint64 minimum = minVersion[retirement.seller][retirement.listing];
        if (retirement.version <= minimum) revert NotNewer(retirement.version, minimum);

        minVersion[retirement.seller][retirement.listing] = retirement.version;
        emit Retired(retirement.seller, retirement.listing, retirement.version);
    }

    /// @inheritdoc IMarket
    function withdraw(address account, uint256 amount) external nonReentrant {
        // Who asks does not matter, as the money goes to its owner. Zero is refused so that no event says nothing.
        uint256 balance = balances[account];
        if (amount == 0 || amount > balance) revert NothingToWithdraw(account, amount, balance);

        balances[account] = balance - amount;
        emit Withdrawn(account, amount);
        _token().safeTransfer(account, amount);
    }

    /// @inheritdoc IMarket
    function setTreasury(address treasury_) external {
        if (msg.sender != treasury) revert NotTreasury(msg.sender);
        if (treasury_ == address(0)) revert ZeroTreasury();

        treasury = treasury_;
        emit TreasuryChanged(treasury_);
    }

    // ---------------------------------------------------------------- hashing

    function _offer(bytes32 orderHash, Terms calldata terms) private view returns (bytes32) {
        bytes32 termsHash = keccak256(abi.encode(TERMS_TYPEHASH, terms));
        return _hashTypedDataV4(keccak256(abi.encode(OFFER_TYPEHASH, orderHash, termsHash)));
    }

    function _purchaseId(Deal memory deal) private view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(PURCHASE_TYPEHASH, deal)));
    }

    /// @dev The id of a deal, once the delivery is known to be the one it commits to.
    function _checkedId(Deal calldata deal, Delivery calldata delivery) private view returns (bytes32) {
        if (deal.delivery != _hash(delivery)) revert WrongDelivery();
        return _purchaseId(deal);
    }

    function _hash(Delivery memory delivery) private pure returns (bytes32) {
        return keccak256(abi.encode(DELIVERY_TYPEHASH, delivery));
    }

    function _hash(bytes32 word) private pure returns (bytes32) {
        return keccak256(abi.encode(word));
    }

    function _accessKey(address seller, bytes32 listing, address buyer) private pure returns (bytes32) {
        return keccak256(abi.encode(seller, listing, buyer));
    }

    function _token() private view returns (IERC20) {
        return IERC20(address(TOKEN));
    }
}
